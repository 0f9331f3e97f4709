// The form of one phase: head, guidance, then its prompts in order; folded while the gate is shut.
function head(form) {
  const { spec } = form;
  const clock = timer(form);
  form.stops.push(clock.stop);
  const title = h("h2", { class: "pk-title", tabIndex: -1 }, spec.title);
  const guidance = h("div", { class: "pk-guidance" }, spec.guidance.map(({ peer, role, text }) =>
    h("div", {}, h("div", { class: "pk-role" }, said(peer), ` · ${role}`), h("p", {}, said(text)))));
  return h("header", {},
    h("div", { class: "pk-head" }, h("div", {}, title, h("div", { class: "pk-sub" }, `${spec.number} of ${spec.of} · ${spec.minutes} minutes · `, said(spec.leads))), clock.element),
    guidance);
}

function gate(form, body) {
  const { model, spec } = form;
  const shut = h("div", { class: "pk-gate", hidden: true });
  const draw = () => {
    const { is_open, heard, bar, focus, back_to } = model.get("heard");
    const isShut = spec.after_heard && !is_open;
    body.hidden = isShut;
    shut.hidden = !isShut;
    shut.replaceChildren(
      h("p", {}, `This part unfolds when ${focus} feels understood: ${bar} of 10 or more.`, heard === null ? " It has not been asked yet." : ` It stands at ${heard}.`),
      h("div", { class: "pk-row" }, ...backAndOn(form, back_to)));
  };
  if (spec.after_heard) { model.on("change:heard", draw); form.stops.push(() => model.off("change:heard", draw)); draw(); }
  return shut;
}

function backAndOn(form, back_to) {
  // Looked up at the click: that cell may have been run again.
  const find = () => document.querySelector(`[data-peerkit-phase="${CSS.escape(back_to)}"] h2`);
  const note = status();
  return [
    find() ? button(`Back to ${find().textContent}`, () => { find()?.scrollIntoView({ block: "center" }); find()?.focus(); }, { class: "pk-button pk-main" }) : null,
    button("Unfold all the same", async () => {
      const reply = await form.ask({ do: "override" }, note);
      if (!reply.ok) note.textContent = reply.error;
    }),
    note,
  ].filter(Boolean);
}

// Below the bar the question of being heard offers the way back, without a word of blame.
function heardNote(form) {
  const { model } = form;
  const note = h("div", { class: "pk-gate", role: "status" });
  const draw = () => {
    const { is_open, heard, focus, back_to } = model.get("heard");
    note.hidden = is_open || heard === null;
    note.replaceChildren(h("p", {}, `Not there yet. What would ${focus} like to say again, or more of?`), h("div", { class: "pk-row" }, ...backAndOn(form, back_to)));
  };
  model.on("change:heard", draw);
  form.stops.push(() => model.off("change:heard", draw));
  draw();
  return note;
}

// What is told from elsewhere: the agreement, the map, the help that was asked for. A line or two, no more.
function hintLines(form) {
  const { model } = form;
  const place = h("div", { class: "pk-hints", role: "note" });
  const draw = () => {
    const hints = model.get("hints");
    place.hidden = hints.length === 0;
    place.replaceChildren(...hints.map(({ text, lines }) => h("div", { class: "pk-hint" }, h("p", {}, said(text)),
      lines.length ? h("ul", {}, lines.map((line) => h("li", {}, said(line)))) : null)));
  };
  model.on("change:hints", draw);
  form.stops.push(() => model.off("change:hints", draw));
  draw();
  return place;
}

function terms(form, prompt, drafts) {
  return h("div", { class: "pk-terms" },
    h("p", { class: "pk-help" }, said(prompt.text), prompt.help ? ` ${prompt.help}` : ""),
    prompt.prompts.map((one) => promptFields(form, one, drafts)));
}

// The coach's notes of this hour: what the two agreed on leads; nothing is done by itself.
function coachNotes(form) {
  const { model } = form;
  const note = status();
  const about = h("p", {});
  const row = h("div", { class: "pk-row" });
  const asked = h("div", { class: "pk-row", hidden: true });
  let isKept = false;
  const settle = async (way, done) => {
    const reply = await form.ask({ do: "notes", way }, note, SLOW);
    note.textContent = reply.ok ? done : reply.error;
    if (reply.ok) asked.hidden = true;
  };
  const draw = () => {
    const { n, agreed, coach, focus } = model.get("closing").notes;
    const look = (way) => ({ class: agreed === way ? "pk-button pk-main" : "pk-button" });
    const agreedOn = { hand_over: "You agreed to hand them over.", destroy: "You agreed to destroy them.", keep: "You agreed that the coach keeps them." }[agreed];
    element.hidden = !n && !note.textContent;
    about.textContent = n ? `The coach's notes of this hour, by ${coach}, are still private. ${agreedOn ?? "What becomes of them?"}` : "";
    const buttons = [
      ["hand_over", `Hand them to ${focus}`, () => settle("hand_over", `Handed over, and saved ${clockTime()}.`)],
      ["destroy", "Destroy them", () => { asked.hidden = false; asked.querySelector("button").focus(); }],
      ["keep", `${coach} keeps them`, () => { isKept = true; asked.hidden = true; note.textContent = "They stay private, as they are."; draw(); }],
    ];
    const first = buttons.findIndex(([way]) => way === agreed);
    if (first > 0) buttons.unshift(...buttons.splice(first, 1));
    row.hidden = !n || isKept;
    row.replaceChildren(...buttons.map(([way, text, act]) => button(text, act, look(way))));
    if (!n) asked.hidden = true;
  };
  asked.append(h("span", { class: "pk-help" }, "They are erased for good, in every version."),
    button("Erase them now", () => settle("destroy", `Erased ${clockTime()}.`), { class: "pk-button pk-main" }),
    button("Leave them", () => { asked.hidden = true; }));
  const element = h("div", { class: "pk-coach-notes", role: "group", "aria-label": "The coach's notes" }, about, row, asked, note);
  model.on("change:closing", draw);
  form.stops.push(() => model.off("change:closing", draw));
  draw();
  return element;
}

function closing(form) {
  const { model } = form;
  const note = status();
  const label = newId();
  const day = h("input", { type: "date", class: "pk-input pk-date", id: label, min: form.spec.held_on });
  const roles = h("p", {});
  const ask = h("div", { class: "pk-ask" }, h("label", { class: "pk-text", htmlFor: label }, "When do we meet next?"));
  const close = button("Close the session", async () => {
    const reply = await form.ask({ do: "close", next_on: day.value }, note);
    note.textContent = reply.ok ? `Closed and saved ${clockTime()}.` : reply.error;
  }, { class: "pk-button pk-main" });
  const after = h("div", { class: "pk-after" }, summaryMaker(form, { text: "Make the summary (PDF)" }).element,
    h("p", { class: "pk-help" }, "Take it with you: File, Save and Export Notebook As, Peerkit_pdf."));
  const draw = () => {
    const { is_closed, asks_next, next_on, focus, coach } = model.get("closing");
    day.value = next_on;
    ask.hidden = day.hidden = roles.hidden = !asks_next;
    roles.replaceChildren("Next time ", h("strong", {}, said(focus)), " is focus person, ", h("strong", {}, said(coach)), " is coach.");
    close.textContent = is_closed ? "Change the next day" : "Close the session";
    close.hidden = is_closed && !asks_next;
    after.hidden = !is_closed;
  };
  model.on("change:closing", draw);
  form.stops.push(() => model.off("change:closing", draw));
  draw();
  return h("div", { class: "pk-prompt pk-closing" }, coachNotes(form), ask,
    h("div", { class: "pk-row" }, day, close, note), roles, after);
}

function render({ model, el }) {
  const { ask, settled, hush } = talk(model);
  const spec = model.get("spec");
  const drafts = [];
  const form = { model, spec, ask, settled, stops: [hush], answer: (key) => model.get("answers")[key] ?? { value: null, revision: 0 } };
  const body = h("div", { class: "pk-body" });
  const repeated = h("div", { class: "pk-prompt", hidden: true });
  // After a miss: the same promise or a smaller one, in the fields of a new commitment. They keep themselves
  // as the other fields do, and are there again where something was left in them.
  const reviewed = spec.prompts.find((one) => one.kind === "review");
  if (reviewed) {
    const again = editor(form, drafts, { key: `${reviewed.id}/${reviewed.authors[0]}`, peer: spec.focus });
    const ask = h("span", { class: "pk-text" }, "A promise again");
    repeated.append(h("div", { class: "pk-ask" }, ask), again.element);
    repeated.hidden = again.isBlank() && !again.hasOffer();
    form.repeat = (row, isSmaller) => {
      ask.textContent = isSmaller ? "What would be small enough?" : "The same again: by when?";
      repeated.hidden = false;
      again.fill(carriedOver(row, row.peer));
    };
  }
  const special = { review, commitments: promise };
  for (const prompt of spec.prompts) {
    const make = special[prompt.kind];
    if (make) {
      const part = make(form, prompt, drafts);
      form.stops.push(part.stop);
      body.append(part.element);
      if (prompt.kind === "review") body.append(repeated);
    } else if (prompt.kind === "terms") {
      body.append(terms(form, prompt, drafts));
    } else if (prompt.kind === "agreement") {
      body.append(agreementPanel(form, prompt.text));
    } else {
      body.append(promptFields(form, prompt, drafts));
      if (prompt.kind === "heard") body.append(heardNote(form));
    }
  }
  if (Object.keys(model.get("closing")).length) body.append(closing(form));

  const gone = h("p", { class: "pk-gate", role: "status", hidden: true }, "This form was opened again, further on or in another window. Go on there.");
  const isGone = () => { gone.hidden = !model.get("replaced"); };
  model.on("change:replaced", isGone);
  isGone();
  const root = h("section", { class: "peerkit", "data-peerkit-phase": spec.phase, "aria-label": spec.title }, gone, head(form), lockHelp(model), hintLines(form), gate(form, body), body);
  const arrived = () => drafts.forEach((one) => one.arrived());
  model.on("change:answers", arrived);
  el.replaceChildren(root);
  const unguard = guard(root);
  return () => {
    drafts.forEach((one) => one.stop());
    form.stops.forEach((stop) => stop());
    model.off("change:answers", arrived);
    model.off("change:replaced", isGone);
    unguard();
  };
}

export default { render };

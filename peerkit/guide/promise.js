// Promise: what was promised in this session, and the fields for one more. It asks, and never refuses.

function editor(form, drafts, { key, peer }) {
  const note = status();
  const questions = h("div", { class: "pk-questions", role: "status" });
  const inputs = {};
  let touch = () => {};
  const labelled = (name, label, input, isWide) => {
    const id = newId();
    input.id = id;
    input.addEventListener("input", () => touch());
    inputs[name] = input;
    return h("div", { class: isWide ? "pk-cell pk-wide" : "pk-cell" }, h("label", { htmlFor: id }, label), input);
  };
  const line = (placeholder = "") => h("input", { type: "text", class: "pk-input", dir: "auto", placeholder });
  const pick = (options) => h("select", { class: "pk-input" }, options.map(([value, text]) => h("option", { value }, text)));
  const choices = (options) => options.map((value) => h("option", { value }));
  const listed = (options) => {
    const id = newId();
    const input = line();
    input.setAttribute("list", id);
    return [input, h("datalist", { id }, choices(options))];
  };
  const [accountability, ways] = listed([]);
  const [area, areas] = listed(form.spec.areas);
  const confidence = h("input", { type: "number", min: 0, max: 100, step: 5, class: "pk-input pk-number" });
  const element = h("div", { class: "pk-editor", role: "group", "aria-label": "A new commitment" },
    labelled("text", "I will", line("what, so that both could tell it was done"), true),
    labelled("due_on", "By when", h("input", { type: "date", class: "pk-input pk-date", min: form.spec.held_on })),
    labelled("peer", "Who", pick(form.spec.peers.map((name) => [name, name]))),
    labelled("first_step", "First step", line("small enough for today")),
    labelled("cue", "When and where", line("Tuesday, 7:30, kitchen table")),
    labelled("obstacle", "What could get in the way", line()),
    labelled("if_then", "If that comes, then I …", line()),
    labelled("evidence", "How will you know", line("a photo, a message, a page")),
    labelled("accountability", "How we hold me to it", accountability), ways,
    labelled("confidence", "How sure am I (0 to 100 %)", confidence),
    labelled("area", "Area of life", area), areas,
    labelled("visibility", "Who may see it", pick([["shared", "both of us"], ["private", "only me"]])),
  );
  // What the two agreed on is there to begin with; it can be changed for this one commitment.
  let usual = "";
  const usually = (who) => form.model.get("usual")?.[who] ?? "private";
  const blank = () => ({ peer, visibility: usually(peer), accountability: usual });
  const control = {
    element,
    read: () => Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.value]).filter(([, value]) => value !== "")),
    write: (value) => { for (const [name, input] of Object.entries(inputs)) input.value = { ...blank(), ...(value ?? {}) }[name] ?? ""; },
  };
  // Who may see it is what that peer chose the last time, until it is chosen for this one.
  let proposed = usually(peer);
  const propose = () => {
    const news = usually(inputs.peer.value);
    if (inputs.visibility.value === proposed) inputs.visibility.value = news;
    proposed = news;
  };
  inputs.peer.addEventListener("input", propose);
  const follow = () => {
    propose();
    const { ways: agreed, is_agreed } = form.model.get("agreed");
    const former = usual;
    usual = is_agreed ? agreed[0] : "";
    ways.replaceChildren(...choices(agreed));
    if (accountability.value === former) accountability.value = usual;
  };
  follow();
  const one = draft(form, { key, ...control });
  touch = one.touched;
  drafts.push(one);
  const renew = () => one.renew(follow);
  form.model.on("change:agreed change:usual", renew);
  form.stops.push(() => form.model.off("change:agreed change:usual", renew));

  let isAsking = false;
  async function add(is_sure) {
    // A second click while the first is under way is not a second commitment.
    if (isAsking) return;
    isAsking = true;
    // What was asked of the former wording is answered by this one.
    questions.replaceChildren();
    note.textContent = "";
    const given = control.read();
    const reply = await form.ask({ do: "promise", given, is_sure }, note);
    isAsking = false;
    if (!reply.ok) { note.textContent = reply.error; return; }
    if (reply.done.length) {
      questions.replaceChildren(h("ul", {}, reply.done.map((text) => h("li", {}, text))),
        button("Promise it as it is", () => add(true)), h("span", { class: "pk-help" }, "or answer above, and promise again"));
      return;
    }
    questions.replaceChildren();
    note.textContent = `Promised and saved ${clockTime()}`;
    if (!same(control.read(), given)) return;
    control.write({});
    one.touched(0);
    inputs.text.focus();
  }
  const promiseIt = button("Promise", () => add(false), { class: "pk-button pk-main" });
  element.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) add(false); });
  return {
    element: h("div", {}, element, questions, h("div", { class: "pk-row" }, promiseIt, note), one.foot),
    isBlank: () => !inputs.text.value,
    hasOffer: one.hasOffer,
    fill: (value) => { control.write(value); one.touched(0); inputs.text.focus(); },
  };
}

const carriedOver = (row, peer) => ({ peer, text: row.text, visibility: row.visibility, ...Object.fromEntries(
  ["first_step", "cue", "obstacle", "if_then", "evidence", "accountability", "area"].filter((name) => row[name]).map((name) => [name, row[name]])) });

function promise(form, prompt, drafts) {
  const { model, spec } = form;
  const list = h("ul", { class: "pk-made" });
  const note = h("div", { class: "pk-status", role: "status" });
  const turn = async (row, visibility) => {
    const reply = await form.ask({ do: "visibility", id: row.id, visibility }, note);
    note.textContent = reply.ok ? `Saved ${clockTime()}. ${reply.done}` : reply.error;
    if (!reply.ok) draw();
    list.querySelector(`[data-id="${row.id}"] .pk-lock`)?.focus();
  };
  const draw = () => list.replaceChildren(...model.get("promised").map((row) => h("li", { "data-id": row.id }, h("strong", {}, said(row.text)),
    h("span", { class: "pk-due" }, ` ${row.peer} · ${row.due_on ? `by ${shownDay(row.due_on)}` : "no date"} `), commitmentLock(row, (visibility) => turn(row, visibility)))));
  model.on("change:promised", draw);
  draw();
  const { element } = editor(form, drafts, { key: `${prompt.id}/${prompt.authors[0]}`, peer: spec.focus });
  return {
    element: h("div", { class: "pk-prompt" }, h("div", { class: "pk-ask" }, h("span", { class: "pk-text" }, said(prompt.text))), list, note, element),
    stop: () => model.off("change:promised", draw),
  };
}

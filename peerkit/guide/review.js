// The open commitments of both, oldest first, each settled with one tap that can be undone. Keep faith shows
// them, and home. To promise again needs a session: it is offered only where `form.repeat` is there.
const CARDS = 20;
const OUTCOME_WORDS = { kept: "Kept", partly: "Partly", missed: "Missed", released: "Let go by both", void: "Impossible" };

// Who may see a commitment; of one that came from the partner that is not mine to say.
function commitmentLock(row, turned) {
  if (row.is_theirs) return h("span", { class: "pk-seen" }, h("span", { class: "pk-seen-by" }, "both of us"));
  const lock = seenLock({ of: row.text, visibility: row.visibility, turned });
  lock.listen(lock.element);
  return lock.element;
}

function commitmentCards(form, drafts, whenEmpty) {
  const { model } = form;
  const note = h("div", { class: "pk-status pk-note", role: "status" });
  const list = h("div", { class: "pk-cards" });
  let limit = CARDS;
  const more = button("", () => {
    const first = limit;
    limit += CARDS;
    draw();
    list.children[first]?.querySelector("button")?.focus();
  }, { hidden: true });
  const notes = new Map();
  const open = new Set();
  let reasons = new Map();

  async function act(id, message, focusOn) {
    const before = document.activeElement;
    const reply = await form.ask({ ...message, id }, note);
    if (!reply.ok) {
      // In the card too: in a long list the line below it is out of sight.
      notes.set(id, reply.error);
      note.textContent = reply.error;
      draw();
      return;
    }
    notes.delete(id);
    if (message.do === "move") open.delete(id);
    if (typeof reply.done === "string") notes.set(id, reply.done);
    note.textContent = `Saved ${clockTime()}. ${typeof reply.done === "string" ? reply.done : ""}`;
    draw();
    // Whoever has gone on to another field meanwhile stays there.
    const now = document.activeElement;
    if (!now || now === document.body || now === before) list.querySelector(`[data-id="${id}"] ${focusOn ?? "button"}`)?.focus();
  }
  const outcome = (row) => {
    const buttons = [["Kept", "kept"], ["Partly", "partly"], ["Missed", "missed"], ["Let go", "released"], ["Impossible", "void"]];
    return h("div", { class: "pk-outcomes", role: "group", "aria-label": `What became of: ${row.text}` },
      buttons.map(([text, word]) => button(text, () => act(row.id, { do: "settle", outcome: word, ...(word === "partly" ? { fraction: 0.5 } : {}) }),
        { "data-outcome": word, "aria-label": `${text}: ${row.text}` })),
      row.is_theirs ? null : button("Another date", () => { open.has(row.id) ? open.delete(row.id) : open.add(row.id); draw(); list.querySelector(`[data-id="${row.id}"] input[type=date]`)?.focus(); },
        { "aria-expanded": String(open.has(row.id)), "aria-label": `Another date: ${row.text}` }));
  };
  const mover = (row) => {
    const day = h("input", { type: "date", class: "pk-input pk-date", "aria-label": `New date for: ${row.text}`, value: row.due_on ?? "" });
    return h("div", { class: "pk-mover" }, day,
      button("Agree on this date", () => act(row.id, { do: "move", due_on: day.value })));
  };
  const settled = (row) => {
    const parts = [h("span", { class: "pk-outcome", "data-outcome": row.outcome }, OUTCOME_WORDS[row.outcome]),
      button("Undo", () => { reasons.delete(row.id); act(row.id, { do: "undo" }); }, { "aria-label": `Undo: ${row.text}` })];
    if (row.outcome === "partly") {
      const share = h("select", { class: "pk-input", "aria-label": `How much was done of: ${row.text}`,
        on: { change: (event) => act(row.id, { do: "detail", name: "fraction", value: Number(event.target.value) }, "select") } },
        [0.1, 0.25, 0.5, 0.75, 0.9].map((value) => h("option", { value }, `${Math.round(value * 100)} % done`)));
      share.value = row.fraction;
      parts.splice(1, 0, share);
    }
    const extras = [];
    if (row.outcome !== "kept") extras.push(reason(row));
    if (row.outcome === "missed" && form.repeat) extras.push(again(row));
    if (row.obstacle) extras.push(flag(row, "obstacle_came", `The obstacle came: ${row.obstacle}`));
    if (row.if_then) extras.push(flag(row, "plan_fired", "The if–then plan was used"));
    return h("div", {}, h("div", { class: "pk-outcomes" }, parts), ...extras);
  };
  const flag = (row, name, text) => h("label", { class: "pk-option" },
    h("input", { type: "checkbox", checked: row[name] === true, on: { change: (event) => act(row.id, { do: "detail", name, value: event.target.checked }, "input[type=checkbox]") } }), said(text));
  // What came from the other's machine is theirs to settle: here is only what one says of it.
  const answered = (row) => row.is_theirs && row.acknowledged && row.acknowledged !== "open";
  const acknowledged = (row) => h("div", { class: "pk-outcomes" },
    h("span", { class: "pk-outcome", "data-outcome": row.acknowledged }, `You say: ${OUTCOME_WORDS[row.acknowledged]}`),
    button("Undo", () => act(row.id, { do: "undo" }), { "aria-label": `Undo: ${row.text}` }));
  const what = (row) => (answered(row) ? acknowledged(row) : row.is_theirs || row.outcome === "open" ? outcome(row) : settled(row));
  // The reason is a field that keeps itself; it is made once, so that typing in it is never interrupted.
  const reason = (row) => {
    if (!reasons.has(row.id)) {
      const label = newId();
      let touch = () => {};
      const control = CONTROL.line({}, { "aria-labelledby": label }, (wait) => touch(wait));
      const one = draft({ ...form, answer: () => ({ value: row.reason ?? "", revision: 0 }) }, { key: `reason:${row.id}`, ...control });
      touch = one.touched;
      drafts.push({ ...one, arrived() {} });
      reasons.set(row.id, h("div", { class: "pk-field" }, h("span", { id: label, class: "pk-help" },
        row.outcome === "missed" ? "What got in the way? One word is enough." : "A word about it, if you like."), control.element, one.foot));
    }
    return reasons.get(row.id);
  };
  // What the two agreed on after a miss leads; the other ways stay open.
  const again = (row) => {
    const { after_miss: { rule, leads }, stakes } = model.get("agreed");
    const due = stakes[row.peer] ? ` For ${row.peer} that is: ${stakes[row.peer]}` : "";
    const look = (word) => (leads === word ? { class: "pk-button pk-main" } : {});
    return h("div", { class: "pk-again" },
      h("span", { class: "pk-help" }, rule ? said(`You agreed: ${rule}.${due}`) : "The same promise, a smaller one, or none?"),
      button("The same again", () => form.repeat(row, false), look("same")), button("A smaller one", () => form.repeat(row, true), look("smaller")));
  };
  const card = (row) => {
    const due = row.due_on ? (row.is_overdue ? `was due ${shownDay(row.due_on)}` : `due ${shownDay(row.due_on)}`) : "no date";
    const told = notes.get(row.id);
    return h("article", { class: "pk-card", "data-id": row.id, "aria-label": row.text },
      h("div", { class: "pk-card-head" }, h("strong", {}, said(row.text)),
        h("span", { class: "pk-card-side" }, h("span", { class: "pk-due" }, said(row.peer), ` · ${due}`, row.accountability ? said(` · held by ${row.accountability}`) : "", row.judged_on && row.judged_on !== row.due_on ? ` · first agreed ${shownDay(row.judged_on)}` : ""),
        commitmentLock(row, (visibility) => act(row.id, { do: "visibility", visibility }, ".pk-lock")))),
      row.accord_said && !told?.includes(row.accord_said) ? h("p", { class: "pk-help" }, said(row.accord_said)) : null,
      what(row),
      open.has(row.id) && row.outcome === "open" ? mover(row) : null,
      row.asks_smaller && row.outcome === "open" ? h("p", { class: "pk-help" }, "This date was moved several times. Smaller, or let go?") : null,
      told ? h("p", { class: "pk-help" }, told) : null);
  };
  const shown = new Map();
  const empty = h("p", { class: "pk-empty" }, whenEmpty);
  function draw() {
    const rows = model.get("review") ?? [];
    const focused = document.activeElement;
    // A card is drawn again only when what it shows has changed; a reason being typed is left alone.
    const cards = rows.slice(0, limit).map((row) => {
      const { reason: _, ...rest } = row;
      const face = JSON.stringify([rest, open.has(row.id), notes.get(row.id), model.get("agreed")]);
      if (shown.get(row.id)?.face !== face) shown.set(row.id, { face, element: card(row) });
      return shown.get(row.id).element;
    });
    const left = rows.length - cards.length;
    more.hidden = left === 0;
    more.textContent = `Show ${Math.min(left, CARDS)} more (${left} left)`;
    const elements = cards.length ? cards : [empty];
    if (elements.length === list.children.length && elements.every((one, at) => list.children[at] === one)) return;
    list.replaceChildren(...elements);
    if (list.contains(focused)) focused.focus();
  }
  model.on("change:review change:agreed", draw);
  draw();
  return {
    element: h("div", {}, list, h("div", { class: "pk-more" }, more), note),
    stop: () => model.off("change:review change:agreed", draw),
  };
}

function review(form, prompt, drafts) {
  const { element, stop } = commitmentCards(form, drafts, "No open commitments. Enjoy it for a moment, then go on.");
  return { element: h("div", { class: "pk-prompt" }, h("div", { class: "pk-ask" }, h("span", { class: "pk-text" }, said(prompt.text))), element), stop };
}

// Home: the next session at once; what is open, how much was kept and the last summary after the first paint.
const EMPTY = {
  review: "Nothing is open between the two of you. Enjoy it for a moment.",
  glance: "Nothing was due yet. From the first due date on, this shows how much was kept.",
  last: "After a session is closed its summary is here, to read again or to take with you as a PDF.",
};
const EMPTY_YET = "What the two of you promise in a session is listed here, until you say what became of it.";
const SOON_MS = 700;
const AWAY_MS = 3000;

// A part with its heading. What it shows arrives later: until then it says so, and where it fails, why.
function part(title, content, more = null) {
  const id = newId();
  const heading = h("h2", { class: "pk-title", id, tabIndex: -1 }, title);
  const note = status();
  const body = h("div", { class: "pk-part-body" }, ...content);
  return {
    heading,
    body,
    note,
    element: h("section", { class: "peerkit pk-part", "aria-labelledby": id }, h("div", { class: "pk-head" }, heading, more), note, body),
  };
}

// What is shown already stays until the news is there.
async function fetched(form, one, message) {
  const isFirst = !one.body.textContent || one.body.hidden;
  if (isFirst) one.note.textContent = "Loading…";
  one.body.setAttribute("aria-busy", "true");
  const reply = await form.ask(message, one.note, SLOW);
  one.body.setAttribute("aria-busy", "false");
  one.note.textContent = reply.ok ? "" : reply.error;
}

function nextSession(form) {
  const { model } = form;
  const one = part("Next session", []);
  const note = h("div", { class: "pk-status", role: "status" });
  const label = newId();
  const what = h("select", { class: "pk-input pk-select", id: label });
  const choice = h("span", { class: "pk-row" }, h("label", { class: "pk-label", htmlFor: label }, "Kind of session"), what);
  const swap = h("input", { type: "checkbox" });
  const swapping = h("label", { class: "pk-option pk-label" }, swap, "Swap the roles this once; we both agree");
  const short = button("Little time today", () => { what.value = "half-hour"; what.focus(); }, { class: "pk-button" });
  const row = h("div", { class: "pk-row" }, short, swapping);
  const why = h("div", { class: "pk-hint", dir: "auto" });
  const make = button("New session", async () => {
    note.textContent = "Making its notebook…";
    make.disabled = true;
    const reply = await form.ask({ do: "new_session", name: what.value, is_swapped: swap.checked }, note, SLOW);
    make.disabled = false;
    if (!reply.ok) { note.textContent = reply.error; make.focus(); return; }
    note.textContent = "Its notebook is ready.";
    actions.firstChild.focus();
    if (!openPath(make, reply.done)) window.location.assign(new URL(reply.done, window.location.href));
  });
  const words = h("div", {});
  const actions = h("div", { class: "pk-row pk-actions" });
  const missing = h("div", { class: "pk-row" });
  const then = h("p", { class: "pk-help", dir: "auto" });
  const floor = h("p", { class: "pk-help", dir: "auto" });
  const mistakes = h("div", {});
  const roles = ({ floor, focus, coach }) => {
    if (floor === "nobody") return h("p", {}, "You meet as a pair; it uses up nobody's turn.");
    if (floor === "apart") return h("p", {}, "Each on your own; it uses up nobody's turn.");
    const then = floor === "both" ? " first, then you exchange roles." : ".";
    return h("p", {}, h("strong", {}, said(focus)), " is focus person, ", h("strong", {}, said(coach)), ` is coach${then}`);
  };
  // Nothing is lost by a tap too many: the second one says it.
  const unheld = ({ session_id, day }) => {
    let isSure = false;
    const tap = button("We did not meet", async () => {
      if (!isSure) {
        isSure = true;
        tap.textContent = "Yes, it was missed";
        note.textContent = "It then gives nobody a turn.";
        return;
      }
      const reply = await form.ask({ do: "miss_session", session_id }, note);
      if (!reply.ok) { note.textContent = reply.error; return; }
      note.textContent = `${day} is told as missed. Nobody loses a turn by it.`;
      actions.firstChild?.focus();
    });
    return tap;
  };
  const meeting = (one, lead) => [h("p", { class: "pk-day" }, lead, h("strong", {}, one.day), ` · ${one.when}`), roles(one)];
  // Kindly, with its reason, and easy to put aside.
  const suggested = ({ template, reason, name }, templates) => {
    const { title } = templates.find((one) => one.name === template) ?? { title: template };
    return [h("p", {}, reason, " Suggested: ", h("strong", {}, said(title)), "."),
      button("Not now", async () => {
        const reply = await form.ask({ do: "put_aside", name }, note);
        if (!reply.ok) note.textContent = reply.error;
        else what.value = model.get("turn").suggestion.template;
      }, { "aria-label": `Not now: ${title}` })];
  };
  const alone = () => {
    const label = newId();
    const name = h("input", { type: "text", class: "pk-input", id: label, dir: "auto", maxLength: 60 });
    const found = async () => {
      const reply = await form.ask({ do: "name_partner", name: name.value }, note);
      if (!reply.ok) note.textContent = reply.error;
    };
    name.addEventListener("keydown", (event) => { if (event.key === "Enter") found(); });
    return [h("p", { class: "pk-day" }, "Welcome, ", said(model.get("turn").peers[0]), "."),
      h("p", {}, "Peer coaching takes two. The worksheet below helps you think about who it could be; when somebody has said yes, name them here."),
      h("div", { class: "pk-row pk-adder" }, h("label", { class: "pk-label", htmlFor: label }, "My partner is"), name, button("That is us", found, { class: "pk-button pk-main" }))];
  };
  const welcome = (peers) => [
    h("p", { class: "pk-day" }, "Welcome, ", said(peers[0]), " and ", said(peers[1]), "."),
    h("p", {}, "In an hour one of you has the floor, the other asks and listens; at the end you say what you will do, and by when. Next time you swap, and begin with what was kept."),
  ];
  function draw() {
    const { next, go_on, templates, suggestion, had, mistakes: found, is_new, peers } = model.get("turn");
    const chosen = suggestion.template;
    const kept = what.value || chosen;
    what.replaceChildren(...templates.map(({ name, title, minutes }) => h("option", { value: name }, `${title}, ${minutes} minutes (${name})`)));
    what.value = templates.some(({ name }) => name === kept) ? kept : chosen;
    choice.hidden = templates.length < 2;
    make.className = go_on ? "pk-button" : "pk-button pk-main";
    make.hidden = templates.length === 0;
    row.hidden = next === null;
    short.hidden = !templates.some(({ name }) => name === "half-hour");
    why.hidden = !suggestion.name;
    why.replaceChildren(...(suggestion.name ? suggested(suggestion, templates) : []));
    floor.textContent = had.some(({ sessions }) => sessions) ? `The floor so far: ${had.map(({ peer, sessions, minutes }) => `${peer} ${sessions} ${sessions === 1 ? "session" : "sessions"}, ${minutes} minutes`).join(" · ")}.` : "";
    if (next === null) { words.replaceChildren(...alone()); actions.replaceChildren(); return; }
    words.replaceChildren(...(is_new ? welcome(peers) : []), ...(go_on
      ? [...meeting(go_on, go_on.status === "open" ? "Under way: " : "Planned: ")]
      : meeting(next, is_new ? "First session: " : "")));
    note.textContent = "";
    mistakes.replaceChildren(...found.map((text) => h("p", { class: "pk-help" }, "One template cannot be used. ", said(text))));
    then.textContent = go_on?.status === "open" ? `A new one would be: ${next.said}` : "";
    const on = go_on && link(`Go on: ${go_on.day}, ${go_on.title}`, go_on.href, { class: "pk-button pk-main", dir: "auto" });
    missing.replaceChildren(...(go_on?.may_be_missed ? [unheld(go_on)] : []));
    const wanted = [on, make, choice].filter(Boolean);
    // Where nothing has changed the focus stays where it is.
    if (wanted.length === actions.children.length && actions.firstChild.outerHTML === wanted[0].outerHTML) return;
    actions.replaceChildren(...wanted);
  }
  model.on("change:turn", draw);
  form.stops.push(() => model.off("change:turn", draw));
  one.body.append(words, why, actions, missing, row, then, floor, note, mistakes);
  draw();
  return one;
}

// What is filled in once and lasts, and the card of the day.
function beside(form) {
  const { model } = form;
  const list = h("ul", { class: "pk-beside" });
  const one = part("Beside the sessions", [list]);
  const draw = () => list.replaceChildren(...model.get("turn").sheets.map(({ title, href, state }) =>
    h("li", {}, link(title, href), h("span", { class: "pk-help", dir: "auto" }, ` · ${state}`))));
  model.on("change:turn", draw);
  form.stops.push(() => model.off("change:turn", draw));
  draw();
  return one;
}

function openCommitments(form, drafts, isNew) {
  const { model } = form;
  const cards = commitmentCards(form, drafts, isNew ? EMPTY_YET : EMPTY.review);
  form.stops.push(cards.stop);
  const one = part("Open commitments", [cards.element]);
  const count = h("span", { class: "pk-count" });
  one.heading.append(count);
  const draw = () => {
    const rows = model.get("review");
    one.body.hidden = rows === null && !isNew;
    const n = (rows ?? []).filter(({ outcome }) => outcome === "open").length;
    count.textContent = rows === null ? "" : ` (${n})`;
  };
  model.on("change:review", draw);
  form.stops.push(() => model.off("change:review", draw));
  draw();
  return { ...one, fetch: () => fetched(form, one, { do: "open_commitments" }) };
}

function atAGlance(form, isNew) {
  const { model } = form;
  const more = link("More in follow-through", "follow-through.ipynb");
  const one = part("Follow-through at a glance", [], more);
  const picture = h("img", { class: "pk-chart", alt: "" });
  const words = h("figcaption", { class: "pk-help" });
  const figure = h("figure", {}, picture, words);
  const cell = (tag, text, properties = {}) => h(tag, { ...properties, dir: "auto" }, text);
  const table = ({ peers, as_of }) => h("table", {}, h("caption", {}, `All that was due by ${shownDay(as_of)}`),
    h("thead", {}, h("tr", {}, ["peer", "kept of due", "share, 95 % interval"].map((name) => cell("th", name, { scope: "col" })))),
    h("tbody", {}, peers.map(({ peer, kept, n, said: share }) =>
      h("tr", {}, cell("th", peer, { scope: "row" }), cell("td", `${kept} of ${n}`), cell("td", share)))));
  const draw = () => {
    const glance = model.get("glance");
    more.hidden = isNew && !glance.as_of;
    if (!glance.peers?.length) {
      one.body.replaceChildren(...(glance.as_of || isNew ? [h("p", { class: "pk-empty" }, EMPTY.glance)] : []));
      return;
    }
    // As the source of a picture nothing in it can run.
    picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(glance.chart)}`;
    picture.alt = "Chart: how much of what was due was kept, week by week. In words below.";
    words.textContent = glance.words;
    one.body.replaceChildren(table(glance), figure);
  };
  model.on("change:glance", draw);
  form.stops.push(() => model.off("change:glance", draw));
  draw();
  return { ...one, fetch: () => fetched(form, one, { do: "glance" }) };
}

function lastSummary(form, isNew) {
  const { model } = form;
  const one = part("The last summary", []);
  const fetch = (audience = "mine") => fetched(form, one, { do: "last_summary", audience });
  const maker = summaryMaker(form, { text: "Make the PDF", chosen: fetch });
  const picture = h("img", { class: "pk-page", alt: "" });
  const frame = h("div", { class: "pk-page-frame" }, picture);
  const words = h("div", {});
  let of = null;
  const shown = h("div", { class: "pk-last" }, frame, h("div", { class: "pk-last-words" }, words, maker.element));
  const draw = () => {
    const last = model.get("last");
    if (!last.session_id) {
      const isKnown = last.session_id === null;
      one.body.replaceChildren(...(isKnown || isNew ? [h("p", { class: "pk-empty" }, EMPTY.last)] : []));
      return;
    }
    words.replaceChildren(h("p", { class: "pk-day" }, h("strong", {}, last.day)),
      h("p", {}, said(last.title), ". ", h("strong", {}, said(last.focus)), " was focus person."));
    maker.choose(last.audience);
    if (last.session_id !== of) maker.forget();
    of = last.session_id;
    picture.hidden = !last.preview;
    if (last.preview) picture.src = last.preview;
    picture.alt = `Page one of the summary of ${last.day}`;
    if (!shown.isConnected || shown.parentElement !== one.body) one.body.replaceChildren(shown);
  };
  model.on("change:last", draw);
  form.stops.push(() => model.off("change:last", draw));
  draw();
  return { ...one, fetch: () => fetch(maker.audience()) };
}

function render({ model, el }) {
  const { ask, hush } = talk(model);
  const drafts = [];
  // A reason is the only text that is typed here, and it stands in its commitment.
  const form = { model, spec: model.get("spec"), ask, stops: [hush], answer: () => ({ value: null, revision: 0 }) };
  const isNew = model.get("turn").is_new;
  const parts = { next: nextSession(form), review: openCommitments(form, drafts, isNew), glance: atAGlance(form, isNew), last: lastSummary(form, isNew), beside: beside(form), elsewhere: elsewhere(form) };
  const root = h("div", { class: "peerkit-home" }, Object.values(parts).map(({ element }) => element));
  el.replaceChildren(root);
  const unguard = guard(root);

  let isOver = false, soon = null, hiddenAt = 0;
  const has = {
    review: () => model.get("review") !== null,
    glance: () => model.get("glance").as_of !== undefined,
    last: () => model.get("last").session_id !== undefined && model.get("last").session_id === model.get("turn").last,
  };
  const fill = async () => {
    const missing = Object.keys(has).filter((name) => !has[name]());
    for (const name of missing) if (!isOver) await parts[name].fetch();
  };
  for (const name of Object.keys(has)) if (!isNew && !has[name]()) parts[name].note.textContent = "Loading…";
  // Two frames later the first paint is done. In a new workspace there is nothing to ask for.
  if (!isNew) requestAnimationFrame(() => requestAnimationFrame(fill));
  // What is settled here changes the chart: it is drawn again when the taps have come to rest.
  const again = () => {
    clearTimeout(soon);
    if (has.glance()) soon = setTimeout(() => parts.glance.fetch(), SOON_MS);
  };
  model.on("change:review", again);
  // Whoever comes back from a session's notebook finds home as things stand now.
  const lookAgain = async () => {
    await form.ask({ do: "turn" });
    if (!isOver && has.review()) await parts.review.fetch();
    if (!model.get("turn").is_new) await fill();
  };
  const watcher = new IntersectionObserver(([{ isIntersecting }]) => {
    if (!isIntersecting) hiddenAt = Date.now();
    else if (hiddenAt && Date.now() - hiddenAt > AWAY_MS) { hiddenAt = 0; lookAgain(); }
  });
  watcher.observe(root);
  return () => {
    isOver = true;
    watcher.disconnect();
    clearTimeout(soon);
    drafts.forEach((one) => one.stop());
    form.stops.forEach((stop) => stop());
    model.off("change:review", again);
    unguard();
  };
}

export default { render };

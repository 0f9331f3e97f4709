// Follow-through: fields to choose by, and the charts below them. The first comes with the widget; those that are on
// screen are asked for next, then the others, one at a time, so that a choice never waits for a chart out of sight.
const SETTLE_MS = 180;
const DAY_MS = 86400000;
const dayAfter = (day, days) => new Date(Date.parse(`${day}T00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);

function field(label, control) {
  control.id = newId();
  return h("div", { class: "pk-field" }, h("label", { class: "pk-label", htmlFor: control.id }, label), control);
}

function choice(label, options, value, act) {
  const control = h("select", { class: "pk-input pk-select", on: { change: act } }, options.map(([key, text]) => h("option", { value: String(key) }, text)));
  control.value = String(value);
  return { control, element: field(label, control) };
}

// The day to look from. The arrow keys go a week back and on from its buttons; in the date field they are the browser's.
function replay(value, latest, act) {
  const day = h("input", { type: "date", class: "pk-input pk-date", value, max: latest });
  let last = value;
  const go = (wanted) => {
    last = wanted > latest ? latest : wanted;
    day.value = last;
    later.disabled = last >= latest;
    act();
  };
  const earlier = button("← One week back", () => go(dayAfter(last, -7)));
  const later = button("One week on →", () => go(dayAfter(last, 7)));
  const today = button("Latest day", () => go(latest));
  later.disabled = last >= latest;
  day.addEventListener("change", () => { if (day.value) go(day.value); });
  const group = h("div", { class: "pk-row pk-replay", role: "group", "aria-label": "Look back: as of a day" }, earlier, day, later, today);
  group.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -7, ArrowRight: 7 }[event.key];
    if (!step || event.target === day || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (step < 0 || last < latest) go(dayAfter(last, step));
    // A disabled button would lose the focus, and with it the keys.
    if (later.disabled && document.activeElement === document.body) earlier.focus();
  });
  day.id = newId();
  const label = h("label", { class: "pk-label", htmlFor: day.id }, "As of");
  return { value: () => last, element: h("div", { class: "pk-field" }, label, group) };
}

function tableOf({ columns, rows, left_out }, caption) {
  const cell = (tag, text, properties = {}) => h(tag, { ...properties, dir: "auto" }, text);
  return h("table", {}, h("caption", {}, left_out ? `${caption}: the last ${rows.length} rows; a copy has ${left_out} more` : caption),
    h("thead", {}, h("tr", {}, columns.map((name) => cell("th", name.replaceAll("_", " "), { scope: "col" })))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((text) => cell("td", text))))));
}

// What a chart is drawn of: the day, and those of the choices that change it.
const keyOf = (uses, { as_of, peer, weeks, group }) => JSON.stringify([as_of,
  uses.includes("peer") && (peer !== "each" || uses.includes("each")) ? peer : "",
  uses.includes("weeks") ? weeks : 0, uses.includes("group") ? group : ""]);

function picture(name, title, uses) {
  const id = newId();
  const image = h("img", { class: "pk-chart", alt: "" });
  const list = h("ul", { class: "pk-told" });
  const says = h("p", { dir: "auto" });
  const unsaid = h("p", { class: "pk-help" });
  const note = status();
  const figure = h("figure", { hidden: true }, image, h("figcaption", {}, says, list, unsaid));
  const scroll = h("div", { class: "pk-scroll", role: "region", tabIndex: 0, "aria-label": `Table: ${title}` });
  const table = h("details", {}, h("summary", {}, "The table"), scroll);
  let drawn = null;
  table.addEventListener("toggle", () => { if (table.open && drawn) scroll.replaceChildren(tableOf(drawn, title)); });
  const tools = h("div", { class: "pk-row", hidden: true },
    copyButton("Copy as text", () => drawn.text), copyButton("Copy as CSV", () => drawn.csv));
  tools.querySelectorAll("button").forEach((one) => one.setAttribute("aria-label", `${one.textContent}: ${title}`));
  table.hidden = true;
  const element = h("section", { class: "peerkit pk-part pk-picture", "aria-labelledby": id },
    h("h2", { class: "pk-title", id }, title), note, figure, tools, table);
  const show = (one) => {
    drawn = one;
    image.hidden = !one.svg;
    // As the source of a picture nothing in it can run.
    if (one.svg) image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(one.svg)}`;
    image.alt = one.alt;
    says.textContent = one.says;
    list.hidden = !one.lines.length;
    list.replaceChildren(...one.lines.map((line) => h("li", { dir: "auto" }, line)));
    unsaid.textContent = `It does not say: ${one.unsaid.charAt(0).toLowerCase()}${one.unsaid.slice(1)}`;
    figure.hidden = tools.hidden = table.hidden = false;
    if (table.open) scroll.replaceChildren(tableOf(one, title));
  };
  return { name, uses, element, note, show, isSeen: false, of: "" };
}

function render({ model, el }) {
  const { ask, hush } = talk(model);
  const { peers, windows, groups, pictures, chosen, latest } = model.get("spec");
  const parts = pictures.map(([name, title, uses]) => picture(name, title, uses));
  let isOver = false, isAsking = false, soon = null;

  const later = () => { clearTimeout(soon); soon = setTimeout(draw, SETTLE_MS); };
  const peer = choice("Peer", peers, chosen.peer, later);
  const weeks = choice("Each point covers", windows, chosen.weeks, later);
  const group = choice("Side by side", groups, chosen.group, later);
  const day = replay(chosen.as_of, latest, later);
  const told = h("p", { class: "pk-help", role: "status" });
  const asked = () => ({ peer: peer.control.value, weeks: Number(weeks.control.value), as_of: day.value(), group: group.control.value });

  async function draw() {
    if (isAsking) return;
    isAsking = true;
    for (;;) {
      const wanted = asked();
      const left = parts.filter(({ uses, of }) => of !== keyOf(uses, wanted));
      const next = left.find(({ isSeen }) => isSeen) ?? left[0];
      if (isOver || !next) break;
      next.element.setAttribute("aria-busy", "true");
      if (!next.of) next.note.textContent = "Drawing…";
      const reply = await ask({ do: "draw", name: next.name, ...wanted }, next.note, SLOW);
      next.element.setAttribute("aria-busy", "false");
      next.of = keyOf(next.uses, wanted);
      next.note.textContent = reply.ok ? "" : reply.error;
      // What was chosen meanwhile is drawn in the next round.
      if (reply.ok) next.show(reply.done);
      if (reply.ok && next === parts[0]) told.textContent = `As of ${wanted.as_of}. ${reply.done.says}`;
      if (reply.lost) break;
    }
    isAsking = false;
  }

  const first = model.get("first");
  parts[0].show(first);
  parts[0].of = keyOf(parts[0].uses, asked());
  const fields = h("section", { class: "peerkit pk-part pk-choose", "aria-label": "Choose what is shown" },
    h("div", { class: "pk-fields" }, peer.element, weeks.element, group.element, day.element), told);
  const root = h("div", { class: "peerkit-explore peerkit-out" }, fields, parts.map(({ element }) => element));
  el.replaceChildren(root);
  const unguard = guard(root);
  const watcher = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) parts.find(({ element }) => element === target).isSeen = isIntersecting;
  }, { rootMargin: "300px" });
  parts.forEach(({ element }) => watcher.observe(element));
  // Two frames later the first chart is on screen.
  requestAnimationFrame(() => requestAnimationFrame(draw));
  return () => {
    isOver = true;
    clearTimeout(soon);
    watcher.disconnect();
    hush();
    unguard();
  };
}

export default { render };

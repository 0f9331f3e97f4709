// One control for each kind of prompt. Each gives {element, read, write} and calls `touched` on a change.
const CONTROL = {
  line: (prompt, name, touched) => textControl(h("input", { type: "text", class: "pk-input", dir: "auto", ...name }), touched),
  text: (prompt, name, touched) => {
    const area = h("textarea", { class: "pk-input", rows: prompt.begins ? 9 : 4, dir: "auto", ...name });
    const grow = () => { area.style.height = "auto"; area.style.height = `${Math.min(area.scrollHeight + 2, 480)}px`; };
    area.addEventListener("input", grow);
    const control = textControl(area, touched);
    const filled = { ...control, write: (value) => { control.write(isBlank(value) ? prompt.begins : value); requestAnimationFrame(grow); } };
    return prompt.begins ? { ...filled, element: h("div", {}, area, copier(area)) } : filled;
  },
  time: (prompt, name, touched) => textControl(h("input", { type: "time", class: "pk-input pk-date", ...name }), touched),
  help: (prompt, name, touched) => CONTROL.choice(prompt, name, touched),
  map: (prompt, name, touched) => mapControl(prompt, name, touched),
  date: (prompt, name, touched) => textControl(h("input", { type: "date", class: "pk-input pk-date", ...name }), touched),
  choice: (prompt, name, touched) => {
    // Own words take the place of an option, and an option that of own words.
    const own = prompt.own ? ownWords(() => { control.write(null); touched(); }) : null;
    const control = radios(prompt.options.map((text) => ({ text, value: text })), name, () => { own?.write(""); touched(0); }, look(prompt));
    if (!own) return control;
    return {
      element: h("div", {}, control.element, own.element),
      read: () => own.read() || control.read(),
      write: (value) => { control.write(value); own.write(isBlank(value) || prompt.options.includes(value) ? "" : value); },
    };
  },
  scale: (prompt, name, touched) => scaleControl(prompt, name, touched),
  heard: (prompt, name, touched) => scaleControl(prompt, name, touched),
  checklist: (prompt, name, touched) => {
    const boxes = prompt.options.map((text) => h("input", { type: "checkbox", value: text, on: { change: () => touched(0) } }));
    const own = prompt.own ? ownWords(touched) : null;
    const element = h("div", { role: "group", class: "pk-list", ...name },
      boxes.map((box) => h("label", { class: "pk-option" }, box, said(box.value))), own?.element);
    return {
      element,
      read: () => [...boxes.filter((box) => box.checked).map((box) => box.value), ...(own?.read() ? [own.read()] : [])],
      write: (value) => {
        const list = Array.isArray(value) ? value : [];
        boxes.forEach((box) => { box.checked = list.includes(box.value); });
        own?.write(list.find((text) => !prompt.options.includes(text)) ?? "");
      },
    };
  },
  questions: (prompt, name, touched, author) => questionsControl(prompt, name, touched, author),
};

// A line for words of one's own beside what can be chosen.
function ownWords(changed) {
  const input = h("input", { type: "text", class: "pk-input", dir: "auto", "aria-label": "In our own words", placeholder: "or in your own words" });
  input.addEventListener("input", () => changed());
  return {
    element: h("div", { class: "pk-own" }, input),
    read: () => input.value.trim(),
    write: (value) => { if (input.value.trim() !== value) input.value = value; },
  };
}

function copier(area) {
  const note = status();
  const copy = button("Copy the text", async () => {
    // Where the browser keeps its clipboard to itself the text is selected, to be copied by hand.
    try { await navigator.clipboard.writeText(area.value); note.textContent = "Copied."; } catch { area.focus(); area.select(); note.textContent = "Selected: copy it with Ctrl+C."; }
  });
  return h("div", { class: "pk-row" }, copy, note);
}

// Where one stands beside the other, area by area: a step behind, about even, or a step ahead.
const PLACES = [["behind", "a step behind"], ["even", "about even"], ["ahead", "a step ahead"]];
function mapControl(prompt, name, touched) {
  const rows = prompt.options.map((area) => {
    const group = newId();
    const buttons = PLACES.map(([value]) => h("input", { type: "radio", name: group, value, on: { change: () => touched(0), click: (event) => again(event, group) } }));
    return { area, buttons };
  });
  // A second click takes it back: nobody has to say it of every area.
  const chosen = new Map();
  const again = ({ target }, group) => {
    if (chosen.get(group) === target.value) { target.checked = false; chosen.delete(group); touched(0); } else chosen.set(group, target.value);
  };
  const heads = h("div", { class: "pk-map-row pk-map-head", "aria-hidden": "true" }, h("span", {}), ...PLACES.map(([, text]) => h("span", {}, text)));
  const element = h("div", { class: "pk-map", role: "group", ...name }, heads, rows.map(({ area, buttons }) =>
    h("div", { class: "pk-map-row", role: "radiogroup", "aria-label": area }, h("span", { class: "pk-map-area" }, said(area)),
      ...buttons.map((one, at) => h("label", { class: "pk-map-place" }, one, h("span", {}, PLACES[at][1]))))));
  return {
    element,
    read: () => Object.fromEntries(rows.map(({ area, buttons }) => [area, buttons.find((one) => one.checked)?.value]).filter(([, value]) => value)),
    write: (value) => rows.forEach(({ area, buttons }) => buttons.forEach((one) => {
      one.checked = value?.[area] === one.value;
      if (one.checked) chosen.set(one.name, one.value);
    })),
  };
}

// A few short words stand side by side.
const look = ({ options }) => (options.join("").length <= 60 ? "pk-list pk-inline" : "pk-list");

function textControl(element, touched) {
  element.addEventListener("input", () => touched());
  return { element, read: () => element.value, write: (value) => { element.value = value ?? ""; } };
}

function radios(options, name, touched, look) {
  const group = newId();
  const buttons = options.map(({ value }) =>
    h("input", { type: "radio", name: group, value: String(value), on: { change: () => touched(0) } }));
  const element = h("div", { role: "radiogroup", class: look, ...name },
    options.map(({ text }, at) => h("label", { class: "pk-option" }, buttons[at], said(text))));
  return {
    element,
    read: () => options[buttons.findIndex((one) => one.checked)]?.value ?? null,
    write: (value) => buttons.forEach((one) => { one.checked = !isBlank(value) && one.value === String(value); }),
  };
}

function scaleControl(prompt, name, touched) {
  const numbers = Array.from({ length: 11 }, (_, number) => ({ text: String(number), value: number }));
  const control = radios(numbers, name, touched, "pk-scale");
  const ends = h("div", { class: "pk-ends" }, said(prompt.low ? `0 ${prompt.low}` : ""), said(prompt.high ? `${prompt.high} 10` : ""));
  return { ...control, element: h("div", {}, control.element, ends) };
}

// Up to ten questions of one's own, kept from session to session, answered 0 to 10 or yes and no. An answer takes one
// tap, and a second one takes it back; their words are fields only while they are changed.
const ANSWERED_WITH = { scale: [...Array(11).keys()].map(String), "yes-no": ["yes", "no"] };
function questionsControl(prompt, name, touched, author) {
  const rows = h("div", { class: "pk-rows" });
  const blank = () => ({ question: "", how: "scale", answer: null });
  let list = [], isChanging = false;
  const change = (at, part, wait) => { list[at] = { ...list[at], ...part }; touched(wait); };
  const answer = (at, how, named) => {
    const options = ANSWERED_WITH[how].map((text) => ({ text, value: text }));
    const control = radios(options, named, () => change(at, { answer: control.read() }, 0), `pk-scale pk-scale-${how}`);
    control.element.addEventListener("click", ({ target }) => {
      if (target.type !== "radio" || target.value !== list[at].answer) return;
      control.write(null);
      change(at, { answer: null }, 0);
    });
    control.write(list[at].answer);
    return control.element;
  };
  const asked = (one, at, how) => {
    const id = newId();
    return [said(one.question, { id, class: "pk-asked" }), answer(at, how, { "aria-labelledby": id })];
  };
  const changing = (one, at, how) => {
    const label = `Question ${at + 1}`;
    const text = h("input", { class: "pk-input", type: "text", dir: "auto", "aria-label": label, placeholder: "How hard did I try to …", value: one.question ?? "",
      on: { input: (event) => { change(at, { question: event.target.value }); turning(); } } });
    const kind = h("select", { class: "pk-input", "aria-label": `${label}: answered with`,
      on: { change: (event) => { change(at, { how: event.target.value, answer: null }, 0); draw(); rows.children[at].querySelector("select").focus(); } } },
      h("option", { value: "scale" }, "0 to 10"), h("option", { value: "yes-no" }, "yes or no"));
    kind.value = how;
    const away = list.length === 1 && !one.question ? null : button("Remove", () => { list.splice(at, 1); draw(); touched(0); more.focus(); }, { "aria-label": `Remove question ${at + 1}` });
    return [h("div", { class: "pk-asking" }, text, kind, away), answer(at, how, { "aria-label": `${label}: answer` })];
  };
  const turning = () => {
    turn.hidden = list.every(({ question }) => !question);
    turn.textContent = isChanging ? "The questions are good now" : "Change the questions";
  };
  const draw = () => {
    if (!list.length) list.push(blank());
    isChanging ||= list.some(({ question }) => !question);
    rows.replaceChildren(...list.map((one, at) => {
      const how = one.how in ANSWERED_WITH ? one.how : "scale";
      return h("div", { class: "pk-question" }, (isChanging ? changing : asked)(one, at, how));
    }));
    more.hidden = list.length >= 10;
    turning();
  };
  const more = button("Add a question", () => { list.push(blank()); draw(); rows.lastChild.querySelector("input").focus(); });
  const turn = button("", () => { isChanging = !isChanging; list = list.filter(({ question }) => question?.trim()); draw(); turn.focus(); });
  const element = h("div", { role: "group", ...name }, rows, h("div", { class: "pk-row" }, more, turn));
  return {
    element,
    read: () => list.filter(({ question }) => question?.trim()),
    write: (value) => {
      const former = (prompt.former?.[author] ?? []).map((one) => ({ ...one, answer: null }));
      list = (Array.isArray(value) && value.length ? value : former).map((one) => ({ ...one }));
      draw();
    },
  };
}

// The fields of one prompt: one for the peer who answers, or one for each.
function promptFields(form, prompt, drafts) {
  const heading = newId();
  const isOne = prompt.authors.length === 1;
  // One control has a label that can be clicked; a group of them has a name.
  const named = (text, id, properties) =>
    ["line", "text", "date", "time"].includes(prompt.kind) && id ? h("label", { htmlFor: id, ...properties }, said(text)) : h("span", properties, said(text));
  let only = null;
  const locks = [];
  const rows = prompt.authors.map((author) => {
    const label = newId();
    const help = newId();
    const id = newId();
    only = isOne ? id : null;
    const names = { id, "aria-labelledby": isOne ? heading : `${heading} ${label}`, ...(prompt.help ? { "aria-describedby": help } : {}) };
    let touch = () => {};
    const control = CONTROL[prompt.kind](prompt, names, (wait) => touch(wait), author);
    const key = `${prompt.id}/${author}`;
    const seen = fieldLock(form, key, isOne ? prompt.text : `${prompt.text} ${author}`);
    const one = draft(form, { key, ...control, lock: seen?.lock, kept: seen?.show });
    seen?.of(one);
    touch = one.touched;
    drafts.push(one);
    const whose = named(author, id, { class: "pk-whose", id: label });
    if (isOne) locks.push(seen);
    const field = h("div", { class: "pk-field" }, isOne ? null : h("div", { class: "pk-whose-row" }, whose, seen?.lock.element), control.element,
      prompt.help ? h("div", { class: "pk-help", id: help }, prompt.help) : null, one.foot, seen?.note);
    if (!isOne) seen?.lock.listen(field);
    return field;
  });
  // On a sheet for one person alone each field is theirs, and private.
  const badges = form.spec.is_private ? [] : [
    isOne ? h("span", { class: "pk-badge" }, said(prompt.authors[0])) : null,
    locks[0]?.lock.element,
  ];
  const also = prompt.also.length
    ? h("details", { class: "pk-also" }, h("summary", {}, "Other ways to ask"), h("ul", {}, prompt.also.map((text) => h("li", {}, said(text)))))
    : null;
  const whole = h("div", { class: "pk-prompt" },
    h("div", { class: "pk-ask" }, named(prompt.text, only, { id: heading, class: "pk-text" }), ...badges.filter(Boolean)),
    also, h("div", { class: isOne ? "pk-one" : "pk-both" }, rows), prompt.by ? adviceQuestions(form, prompt) : null);
  locks[0]?.lock.listen(whole);
  return whole;
}

// The lock of a field. What it shows is what the journal has, but while a change of it is under way.
const WAS_SHARED = "It was shared until now; your partner may have read it.";
function fieldLock(form, key, of) {
  const { model } = form;
  const seen = () => model.get("seen")?.[key];
  if (!seen()) return null;
  const note = h("div", { class: "pk-help pk-was-shared", "aria-live": "polite" });
  let one = null;
  const lock = seenLock({ of, visibility: seen().visibility, turned: () => one.turned() });
  const show = () => {
    if (!seen() || one?.isBusy()) return;
    if (lock.read() !== seen().visibility) lock.show(seen().visibility);
    const said = seen().was_shared ? WAS_SHARED : "";
    if (note.textContent !== said) note.textContent = said;
  };
  model.on("change:seen", show);
  form.stops.push(() => model.off("change:seen", show));
  show();
  return { lock, note, show, of(made) { one = made; } };
}

// How the locks are turned, once for a whole form.
const lockHelp = (model) => Object.keys(model.get("seen") ?? {}).length
  ? h("p", { class: "pk-help pk-lock-help" }, "The lock beside an answer says who may see it: only me, or both of us. ", h("kbd", {}, lockKeysHere()), " turns it.")
  : null;

// An advice is clear and has a day: where it is not, it is asked for, once it is saved. It never has to be answered.
function adviceQuestions(form, prompt) {
  const { model } = form;
  const asked = h("div", { class: "pk-questions", role: "status" });
  const keys = [prompt.id, prompt.by].map((id) => `${id}/${prompt.authors[0]}`);
  let before = null, wait = null;
  const look = () => {
    const now = JSON.stringify(keys.map((key) => form.answer(key).value));
    if (now === before) return;
    before = now;
    clearTimeout(wait);
    if (isBlank(form.answer(keys[0]).value)) { asked.replaceChildren(); return; }
    wait = setTimeout(async () => {
      const reply = await form.ask({ do: "questions", id: prompt.id });
      if (reply.ok) asked.replaceChildren(...(reply.done.length ? [h("ul", {}, reply.done.map((text) => h("li", {}, text)))] : []));
    }, 900);
  };
  model.on("change:answers", look);
  form.stops.push(() => { clearTimeout(wait); model.off("change:answers", look); });
  look();
  return asked;
}

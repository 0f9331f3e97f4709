// Elements are made here and text is only ever set as text: what people typed is never markup.
let made = 0;
const newId = () => `peerkit-${(made += 1)}-${Math.random().toString(36).slice(2, 8)}`;

function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "on") for (const [kind, act] of Object.entries(value)) element.addEventListener(kind, act);
    else if (name === "class") element.className = value;
    else if (name in element && name !== "list" && name !== "for") element[name] = value;
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

// `dir="auto"` lets a text begin at the side where its own script begins.
const said = (text, properties = {}) => h("span", { dir: "auto", ...properties }, text);
const button = (text, act, properties = {}) =>
  h("button", { type: "button", class: "pk-button", on: { click: act }, ...properties }, text);
// A notebook or PDF is opened where its link says. Whoever handles "peerkit:open" (JupyterLab's own part of
// peerkit does, to open it in place) prevents its default; true means that somebody did.
const openPath = (element, href) =>
  !element.dispatchEvent(new CustomEvent("peerkit:open", { bubbles: true, cancelable: true, detail: { href } }));
const link = (text, href, properties = {}) =>
  h("a", { class: "pk-link", href, ...properties, on: { click: (event) => {
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (isPlain && openPath(event.currentTarget, href)) event.preventDefault();
  } } }, text);

// Who may see something: a lock, shut for one and open for both. Its name stays and `aria-pressed` tells its state;
// the words beside it say the same to the eye, and aloud when they change.
const LOCK = {
  private: "M4 7V5a4 4 0 0 1 8 0v2h1v8H3V7h1zm2 0h4V5a2 2 0 0 0-4 0v2z",
  shared: "M4 7V5a4 4 0 0 1 7.8-1.2l-1.9.6A2 2 0 0 0 6 5v2h7v8H3V7h1z",
};
const LOCK_KEYS = "Alt+Shift+S";
const lockKeysHere = () => (/Mac/.test(navigator.platform) ? "Option+Shift+S" : LOCK_KEYS);
const isLockKey = (event) => event.altKey && event.shiftKey && !event.ctrlKey && !event.metaKey
  && (event.code === "KeyS" || event.key.toLowerCase() === "s");
function seenLock({ of, visibility, turned }) {
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  icon.setAttribute("viewBox", "0 0 16 16");
  icon.setAttribute("aria-hidden", "true");
  icon.append(path);
  const words = h("span", { class: "pk-seen-by", "aria-live": "polite" });
  const turn = () => { show(now === "shared" ? "private" : "shared"); turned(now); };
  const toggle = h("button", { type: "button", class: "pk-lock", "aria-label": `Shared with both of us: ${of}`, "aria-keyshortcuts": LOCK_KEYS, on: { click: turn } }, icon);
  words.addEventListener("click", () => { toggle.focus(); turn(); });
  let now = visibility;
  const show = (news) => {
    now = news;
    const isShared = news === "shared";
    path.setAttribute("d", LOCK[news]);
    path.setAttribute("fill-rule", "evenodd");
    toggle.setAttribute("aria-pressed", String(isShared));
    toggle.title = `${isShared ? "Both of us may see it" : "Only I may see it"} (${lockKeysHere()})`;
    if (words.textContent !== (isShared ? "both of us" : "only me")) words.textContent = isShared ? "both of us" : "only me";
  };
  show(visibility);
  const element = h("span", { class: "pk-seen" }, toggle, words);
  // The keystroke acts in the field too, or wherever else the lock belongs.
  const listen = (place) => place.addEventListener("keydown", (event) => {
    if (!isLockKey(event)) return;
    event.preventDefault();
    event.stopPropagation();
    turn();
  });
  return { element, show, read: () => now, listen };
}
const status = () => h("span", { class: "pk-status", role: "status" });
const inOrder = (_, value) =>
  value && typeof value === "object" && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort()) : value;
const same = (one, other) => JSON.stringify(one ?? null, inOrder) === JSON.stringify(other ?? null, inOrder);
const isBlank = (value) => value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);
const clockTime = () => new Date().toLocaleTimeString([], { hour12: false });
const shownDay = (day) =>
  day ? new Date(`${day}T12:00`).toLocaleDateString([], { weekday: "short", day: "numeric", month: "short" }) : "no date";

// Ask the kernel to do something; the promise holds its reply. Where none comes, `note` says so after a while:
// a kernel that was killed and started again knows nothing of this form, and never answers.
const ANSWERED_MS = 3000;
const SLOW = { ms: 12000, words: "This takes long. If the kernel was started again, run all cells again." };
const NO_ANSWER = "Not saved: the kernel is busy or has stopped. If it was started again, run all cells again.";
function talk(model) {
  const waiting = new Map();
  let token = 0;
  const listen = (reply) => {
    const entry = waiting.get(reply?.re);
    if (entry) { waiting.delete(reply.re); entry(reply); }
  };
  model.on("msg:custom", listen);
  const prefix = newId();
  // Messages are answered in order: when the last one is, nothing is under way.
  let last = Promise.resolve();
  return {
    settled: () => Promise.race([last, new Promise((resolve) => setTimeout(resolve, ANSWERED_MS))]),
    ask(message, note, { ms, words, bytes } = { ms: ANSWERED_MS, words: NO_ANSWER }) {
      const late = note && setTimeout(() => { note.textContent = words; }, ms);
      const name = `${prefix}-${(token += 1)}`;
      last = new Promise((resolve) => {
        waiting.set(name, (reply) => { clearTimeout(late); resolve(reply); });
        try { model.send({ ...message, token: name }, undefined, bytes && [bytes]); } catch { clearTimeout(late); resolve({ ok: false, lost: true, error: NO_ANSWER }); }
      });
      return last;
    },
    hush: () => model.off("msg:custom", listen),
  };
}

// A field that keeps itself, and says honestly whether the journal has it. What is not acknowledged
// stays in this browser and is offered back; a text changed elsewhere is never overwritten.
const PAUSE_MS = 400;
const LONGEST_MS = 2000;
const ACKNOWLEDGED_MS = 3000;
const AGAIN_MS = 5000;

function draft(form, field) {
  const { key, read, write, element } = field;
  const note = status();
  const choices = h("span", { class: "pk-choices" });
  const view = newId();
  const place = `peerkit:${form.spec.session_id}:${form.spec.phase}:${key}`;
  let kept = form.answer(key);
  // What was typed here before and never reached the journal: kept until the person chooses.
  let held = null, clean = null;
  let timer = null, again = null, began = 0, flying = false, isLate = false, isOver = false;

  const say = (text, state) => { if (note.textContent !== text) note.textContent = text; foot.dataset.state = state; };
  // Who may see it goes with every save; where the lock belongs to something else, nothing is said of it.
  const seenBy = () => field.lock?.read();
  const stash = () => { try { localStorage.setItem(place, JSON.stringify({ value: read(), held, visibility: seenBy() })); } catch { /* a full or forbidden store keeps no copy */ } };
  const stashed = () => { try { return JSON.parse(localStorage.getItem(place)); } catch { return null; } };
  const forget = () => {
    try {
      if (held === null) localStorage.removeItem(place);
      else localStorage.setItem(place, JSON.stringify({ held, visibility: seenBy() }));
    } catch { /* nothing was kept there */ }
  };
  const show = (value) => { write(value); clean = read(); };
  const isDirty = () => !same(read(), kept.value) && !same(read(), clean) && !(isBlank(read()) && isBlank(kept.value));
  const offer = (...buttons) => choices.replaceChildren(...buttons);

  const acknowledged = () => {
    say(`Saved ${clockTime()}`, "saved");
    clean = read();
    if (held === null) offer();
    else restoring();
    forget();
    field.kept?.();
  };
  const restoring = () => offer(
    h("span", { class: "pk-other", dir: "auto" }, `Unsaved: ${shown(held)}`),
    button("Restore it", () => { const text = held; held = null; write(text); offer(); touched(0); }),
    button("Leave it", () => { held = null; offer(); forget(); say("", "calm"); }),
  );
  const refused = (reply) => {
    if (reply.conflict) return disagree(reply.conflict);
    say(reply.lost ? "Not saved: the kernel has stopped. A copy is kept in this browser." : `Not saved. ${reply.error} A copy is kept in this browser.`, "unsaved");
    again = setTimeout(send, AGAIN_MS);
  };
  const disagree = (other) => {
    say("Changed elsewhere. Both texts are kept until you choose.", "conflict");
    offer(
      h("span", { class: "pk-other", dir: "auto" }, `There: ${shown(other.value)}`),
      button("Keep mine", () => { kept = other; offer(); send(); }),
      button("Take the other", () => { kept = other; show(other.value); acknowledged(); }),
    );
  };
  const shown = (value) => {
    if (isBlank(value)) return "(empty)";
    if (Array.isArray(value)) return value.map((one) => one.question ?? one).join("; ");
    return typeof value === "object" ? value.text ?? "(not worded yet)" : String(value);
  };

  async function send() {
    clearTimeout(timer); clearTimeout(again);
    timer = null; began = 0;
    if ((flying && !isLate) || isOver) return;
    const value = read(), visibility = seenBy();
    flying = true; isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      say("Not saved yet: the kernel is busy or has stopped. A copy is kept in this browser.", "unsaved");
    }, ACKNOWLEDGED_MS);
    const reply = await form.ask({ do: "save", key, value, revision: kept.revision, base: kept.value, view, visibility });
    clearTimeout(late);
    flying = false;
    if (!reply.ok) return refused(reply);
    kept = { value, revision: reply.done };
    if (timer) return undefined;
    return same(read(), value) && seenBy() === visibility ? acknowledged() : send();
  }
  const touched = (wait = PAUSE_MS) => {
    stash();
    say("Typing…", "dirty");
    const now = Date.now();
    began ||= now;
    clearTimeout(timer); clearTimeout(again);
    if (now - began >= LONGEST_MS || wait === 0) send();
    else timer = setTimeout(send, wait);
  };
  const flush = () => { if (timer) send(); };
  const hidden = () => { if (document.visibilityState === "hidden") flush(); };

  const foot = h("div", { class: "pk-foot" }, note, choices);
  element.addEventListener("focusout", flush);
  document.addEventListener("visibilitychange", hidden);
  window.addEventListener("pagehide", flush);

  show(kept.value);
  const left = stashed();
  const unsaved = left?.held ?? left?.value;
  if (!isBlank(unsaved) && !same(unsaved, kept.value) && !same(unsaved, clean)) {
    held = unsaved;
    if (left.visibility) field.lock?.show(left.visibility);
    say("This browser has unsaved text for this question.", "conflict");
    restoring();
  } else if (left) forget();

  return {
    foot,
    touched,
    flush,
    // What is saved stays as it is; who may see it has changed.
    turned() { say("Saving…", "dirty"); stash(); send(); },
    isBusy: () => flying || timer !== null,
    hasOffer: () => held !== null,
    // The journal's answer came from another view: show it, unless something of one's own is waiting.
    arrived() {
      const news = form.answer(key);
      if (news.revision <= kept.revision || isDirty() || flying || timer) return;
      kept = news;
      show(news.value);
    },
    // What the form itself changes is nothing that somebody typed.
    renew(change) {
      const isCalm = !isDirty();
      change();
      if (isCalm) clean = read();
    },
    stop() {
      flush();
      isOver = true;
      clearTimeout(again);
      document.removeEventListener("visibilitychange", hidden);
      window.removeEventListener("pagehide", flush);
    },
  };
}

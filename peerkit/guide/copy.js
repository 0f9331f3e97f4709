// A button that puts a text on the clipboard and says so. Where the page may not use the clipboard, as on a plain
// http address, the older way is tried; where that fails too, the text is shown to be copied by hand.
const COPIED_MS = 2500;
function copyButton(label, text) {
  const note = status();
  let soon = null;
  const say = (words) => {
    note.textContent = words;
    clearTimeout(soon);
    soon = setTimeout(() => { note.textContent = ""; }, COPIED_MS);
  };
  const byHand = (words) => {
    const field = h("textarea", { value: words, readOnly: true, class: "pk-off" });
    one.after(field);
    field.select();
    const isDone = document.execCommand("copy");
    field.remove();
    one.focus();
    return isDone;
  };
  const one = button(label, async () => {
    const words = text();
    try { await navigator.clipboard.writeText(words); say("Copied."); } catch {
      say(byHand(words) ? "Copied." : "This browser did not let it be copied.");
    }
  });
  return [one, note];
}

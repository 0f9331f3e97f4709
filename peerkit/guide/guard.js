// JupyterLab's one-letter shortcuts ("b" adds a cell, "d d" deletes one) act while a button or a choice
// has the focus. Lumino asks the focused element itself, so the mark must sit on each control.
const CONTROLS = "button, select, input, textarea, a[href], summary, [tabindex]";
const MARK = "data-lm-suppress-shortcuts";

function guard(root) {
  const mark = () => root.querySelectorAll(CONTROLS).forEach((control) => control.setAttribute(MARK, "true"));
  const isModifier = (event) => event.key === "Control" || event.key === "Meta";
  // While a modifier is down the mark is away, so that Ctrl+S still saves the notebook.
  root.addEventListener("keydown", (event) => isModifier(event) && event.target.removeAttribute(MARK));
  root.addEventListener("keyup", (event) => isModifier(event) && event.target.setAttribute(MARK, "true"));
  root.addEventListener("focusout", (event) => event.target.matches?.(CONTROLS) && event.target.setAttribute(MARK, "true"));
  mark();
  const watcher = new MutationObserver(mark);
  watcher.observe(root, { childList: true, subtree: true });
  return () => watcher.disconnect();
}

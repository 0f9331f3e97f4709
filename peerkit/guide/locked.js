// The field for the passphrase of an encrypted journal. It is sent once, kept nowhere, and cleared at once.
function render({ model, el }) {
  const form = talk(model);
  const note = status();
  const label = newId();
  const field = h("input", { type: "password", class: "pk-input", id: label, autocomplete: "off", spellcheck: false });
  const open = async () => {
    const passphrase = field.value;
    if (!passphrase) { field.focus(); return; }
    go.disabled = true;
    note.textContent = "Opening…";
    const reply = await form.ask({ passphrase }, note, SLOW);
    go.disabled = false;
    if (reply.ok) return;
    note.textContent = reply.error;
    field.value = "";
    field.focus();
  };
  const go = button("Open", open, { class: "pk-button pk-main" });
  field.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); open(); } });
  const root = h("div", { class: "peerkit" },
    h("p", {}, h("label", { htmlFor: label }, "This journal is encrypted. Its passphrase opens it for as long as this notebook runs.")),
    h("div", { class: "pk-row pk-locked" }, field, go), note);
  el.append(root);
  const unguard = guard(root);
  return () => { unguard(); form.hush(); };
}
export default { render };

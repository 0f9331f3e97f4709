// A sheet: what is filled in once and lasts. Its fields keep themselves as those of a session do.
function candidateBar(form) {
  const { model } = form;
  const note = status();
  const label = newId(), which = newId();
  const name = h("input", { type: "text", class: "pk-input", id: label, dir: "auto", maxLength: 60 });
  const add = async () => {
    const reply = await form.ask({ do: "add", name: name.value }, note);
    if (reply.ok) name.value = "";
    else note.textContent = reply.error;
  };
  name.addEventListener("keydown", (event) => { if (event.key === "Enter") add(); });
  const list = h("select", { class: "pk-input pk-select", id: which, on: { change: () => form.ask({ do: "choose", id: list.value }, note) } });
  const chooser = h("div", { class: "pk-row" }, h("label", { class: "pk-label", htmlFor: which }, "Worksheet for"), list);
  const draw = () => {
    const all = model.get("candidates");
    list.replaceChildren(...all.map(({ id, name: text }) => h("option", { value: id, dir: "auto" }, text)));
    list.value = model.get("spec").session_id;
    chooser.hidden = all.length === 0;
  };
  model.on("change:candidates change:spec", draw);
  form.stops.push(() => model.off("change:candidates change:spec", draw));
  draw();
  return h("div", { class: "pk-prompt" }, chooser,
    h("div", { class: "pk-row pk-adder" }, h("label", { class: "pk-label", htmlFor: label }, "Somebody you think of"), name, button("Begin a worksheet", add)), note);
}

function render({ model, el }) {
  const { ask, settled, hush } = talk(model);
  let drafts = [], stops = [];
  const all = { model, ask, stops: [hush] };
  const root = h("section", { class: "peerkit", "aria-label": model.get("spec").title });
  const top = h("header", {});
  const body = h("div", { class: "pk-body" });
  root.append(top);
  if (model.get("spec").sheet === "partner-fit") root.append(candidateBar(all));
  root.append(body);

  function draw() {
    drafts.forEach((one) => one.stop());
    stops.forEach((stop) => stop());
    drafts = []; stops = [];
    const spec = model.get("spec");
    const form = { model, spec, ask, settled, stops, answer: (key) => model.get("answers")[key] ?? { value: null, revision: 0 } };
    top.replaceChildren(h("h2", { class: "pk-title", tabIndex: -1 }, said(spec.title)), h("p", { class: "pk-help pk-about" }, said(spec.about)), ...[lockHelp(model)].filter(Boolean));
    body.replaceChildren(...spec.parts.flatMap((part) => [
      h("h3", { class: "pk-part-title" }, said(part.title), spec.name ? h("span", { class: "pk-count" }, " · ", said(spec.name)) : ""),
      h("div", { class: "pk-guidance" }, part.guidance.map((text) => h("p", {}, said(text)))),
      ...part.prompts.map((prompt) => promptFields(form, prompt, drafts)),
    ]), ...(spec.sheet === "agreement" ? [agreementPanel(form, "Sign it")] : []));
  }
  const redraw = () => draw();
  model.on("change:spec", redraw);
  const arrived = () => drafts.forEach((one) => one.arrived());
  model.on("change:answers", arrived);
  draw();
  el.replaceChildren(root);
  const unguard = guard(root);
  return () => {
    drafts.forEach((one) => one.stop());
    [...stops, ...all.stops].forEach((stop) => stop());
    model.off("change:spec", redraw);
    model.off("change:answers", arrived);
    unguard();
  };
}

export default { render };

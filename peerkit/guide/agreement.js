// The agreement read back: which version holds, who has signed this wording, and what peer coaching is not.
function agreementPanel(form, heading) {
  const { model } = form;
  const note = status();
  const body = h("div", {});
  const sign = (peer) => button(`${peer} signs`, async () => {
    // What was just typed is saved first. Only the wording that is shown here is signed, not what stands elsewhere.
    await form.settled();
    const reply = await form.ask({ do: "sign", peer, digest: model.get("agreement").digest }, note);
    note.textContent = reply.ok ? `Signed for ${peer}, and saved ${clockTime()}.` : reply.error;
    body.querySelector("button")?.focus();
  }, { class: "pk-button pk-main" });
  const draw = () => {
    const { holds, waits, signed, versions, scope, link: place } = model.get("agreement");
    body.replaceChildren(...[
      h("p", {}, holds ? said(holds) : "No agreement holds yet: it needs both your names."),
      h("p", { class: "pk-scope" }, scope, place ? said(` Where to look: ${place}`) : ""),
      signed.length ? h("p", {}, "This wording: ", signed.map(({ peer, on }, at) => [at ? ", " : "", h("strong", {}, said(peer)), ` signed on ${shownDay(on)}`]), ".") : null,
      waits.length ? h("div", { class: "pk-row" }, ...waits.map(sign)) : h("p", { class: "pk-outcome", "data-outcome": "kept" }, "Signed by both. The guide follows it from now on."),
      versions.length > 1 ? h("details", { class: "pk-also" }, h("summary", {}, "Earlier versions"), h("ul", {}, versions.map((text) => h("li", {}, said(text))))) : null,
    ].filter(Boolean));
  };
  model.on("change:agreement", draw);
  form.stops.push(() => model.off("change:agreement", draw));
  draw();
  return h("div", { class: "pk-prompt pk-agreement", role: "group", "aria-label": heading },
    h("div", { class: "pk-ask" }, h("span", { class: "pk-text" }, said(heading))), body, note);
}

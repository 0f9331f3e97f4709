// A phase's clock. Its truth is when it was started and what was spent before, never a count of ticks:
// a busy kernel, a sleeping page or a second view change nothing.
const seconds = () => Date.now() / 1000;

function clockFace(total) {
  const whole = Math.abs(Math.ceil(total));
  return `${String(Math.floor(whole / 60)).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
}

function timer(form) {
  const { model, spec } = form;
  const face = h("span", { class: "pk-time", role: "timer", "aria-live": "off" });
  const note = status();
  const state = () => model.get("timer");
  const minutes = () => model.get("minutes")[spec.phase] ?? spec.minutes;
  const spent = () => state().banked + (state().started_at === null ? 0 : Math.max(0, seconds() - state().started_at));
  const set = (started_at, banked) => {
    model.set("timer", { started_at, banked });
    draw();
    form.ask({ do: "timer", started_at, banked }, note);
  };
  const go = button("", () => (state().started_at === null ? set(seconds(), state().banked) : set(null, spent())));
  const reset = button("Reset", () => set(null, 0));
  const lender = h("select", { class: "pk-input", "aria-label": "Borrow two minutes from" });
  const lend = button("Borrow 2 minutes", async () => {
    const reply = await form.ask({ do: "borrow", lender: lender.value, minutes: 2 }, note);
    note.textContent = reply.ok ? "Two minutes borrowed." : reply.error;
  });
  const borrow = h("details", { class: "pk-borrow" }, h("summary", {}, "More time"), h("div", {}, lender, lend));

  function draw() {
    const left = minutes() * 60 - spent();
    const isRunning = state().started_at !== null;
    const text = left >= 0 ? clockFace(left) : `+${clockFace(-left)}`;
    if (face.textContent !== text) face.textContent = text;
    face.classList.toggle("pk-over", left < 0);
    const label = isRunning ? "Pause" : spent() > 0 ? "Go on" : "Start";
    if (go.textContent !== label) { go.textContent = label; go.setAttribute("aria-label", `${label}: ${spec.title} timer`); }
    reset.hidden = spent() === 0;
    const said = isRunning && left < 0 ? "Time is up" : "";
    if (note.dataset.said !== said) { note.dataset.said = said; note.textContent = said; }
  }
  function drawLenders() {
    const now = model.get("minutes");
    const able = spec.lenders.filter((one) => (now[one.id] ?? 0) > 2);
    lender.replaceChildren(...able.map((one) => h("option", { value: one.id }, `${one.title} (${now[one.id]} min)`)));
    borrow.hidden = able.length === 0;
    draw();
  }
  model.on("change:timer", draw);
  model.on("change:minutes", drawLenders);
  drawLenders();
  const ticking = setInterval(draw, 250);
  return {
    element: h("div", { class: "pk-timer", role: "group", "aria-label": `${spec.title} timer` }, face, go, reset, borrow, note),
    stop: () => { clearInterval(ticking); model.off("change:timer", draw); model.off("change:minutes", drawLenders); },
  };
}

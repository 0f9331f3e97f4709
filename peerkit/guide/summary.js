// The summary as PDF: for whom, the button that makes it, and where it is then.
function summaryMaker(form, { text, chosen }) {
  const { spec, ask } = form;
  const label = newId();
  const help = newId();
  const about = h("p", { class: "pk-help", id: help });
  const whom = h("select", { class: "pk-input pk-select", id: label, "aria-describedby": help },
    spec.audiences.map(({ id, title }) => h("option", { value: id }, title)));
  const note = status();
  const made = h("span", { class: "pk-made-pdf" });
  const explain = () => { about.textContent = spec.audiences.find(({ id }) => id === whom.value).about; };
  const forget = () => { note.textContent = ""; made.replaceChildren(); };
  whom.addEventListener("change", () => {
    explain();
    forget();
    chosen?.(whom.value);
  });
  const make = button(text, async () => {
    const audience = whom.value;
    note.textContent = "Making it…";
    made.replaceChildren();
    make.disabled = true;
    const reply = await ask({ do: "make_summary", audience }, note, SLOW);
    make.disabled = false;
    make.focus();
    if (!reply.ok) { note.textContent = reply.error; return; }
    note.textContent = `Made ${clockTime()}.`;
    made.replaceChildren(link(`Open ${reply.done.name}`, reply.done.href, { target: "_blank", rel: "noopener" }));
  });
  explain();
  return {
    element: h("div", { class: "pk-summary" },
      h("div", { class: "pk-row" }, h("label", { class: "pk-label", htmlFor: label }, "For whom"), whom, make), about,
      h("div", { class: "pk-row" }, note, made)),
    audience: () => whom.value,
    forget,
    choose: (audience) => { whom.value = audience; explain(); },
  };
}

// Rows can be dragged to their place, with a mouse or a finger: the POST of "Upp" and "Ner", with the row
// that it was dropped beside. Without this script, and for the keyboard, there are the buttons.
for (const buttons of document.querySelectorAll("[data-row]")) {
  const handle = document.createElement("span");
  handle.className = "order-handle";
  handle.textContent = "⠿";
  handle.title = "Dra till rätt plats";
  handle.setAttribute("aria-hidden", "true");
  handle.addEventListener("pointerdown", (event) => drag(event, handle, buttons));
  buttons.prepend(handle);
}

function rowOf(element) {
  return element.closest("tr, .inline-related");
}

// The row stays where it is, and its handle keeps the pointer, until it is dropped; a line shows where.
function drag(event, handle, buttons) {
  if (event.button) return;
  event.preventDefault();
  handle.setPointerCapture(event.pointerId);
  const row = rowOf(buttons);
  const scope = buttons.dataset.scope;
  const others = [...document.querySelectorAll("[data-row]")].filter((other) => other.dataset.scope === scope);
  let place = null;

  const mark = (on) => place && rowOf(place.target).classList.toggle(`order-${place.side}`, on);
  const over = ({ clientY }) => {
    mark(false);
    place = null;
    for (const target of others) {
      const box = rowOf(target).getBoundingClientRect();
      if (clientY < box.top || clientY > box.bottom || target === buttons) continue;
      place = { target, side: clientY < box.top + box.height / 2 ? "before" : "after" };
    }
    mark(true);
  };
  const done = ({ type }) => {
    handle.removeEventListener("pointermove", over);
    row.classList.remove("order-dragged");
    mark(false);
    if (type === "pointerup" && place) send(buttons, place);
  };
  row.classList.add("order-dragged");
  handle.addEventListener("pointermove", over);
  for (const end of ["pointerup", "pointercancel"]) handle.addEventListener(end, done, { once: true });
}

function send(buttons, { target, side }) {
  const button = buttons.querySelector("button");
  button.type = "submit"; // the first row's "Upp" is none
  button.value = `${buttons.dataset.row}:${side}:${target.dataset.row}`;
  button.form.requestSubmit(button);
}

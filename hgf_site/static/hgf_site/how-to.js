// A list of the headings, for a phone on which the page is long.
const list = document.createElement("ul");
for (const [place, heading] of document.querySelectorAll(".how-to h2").entries()) {
  heading.id = `steg-${place + 1}`;
  const link = Object.assign(document.createElement("a"), { href: `#${heading.id}`, textContent: heading.textContent });
  list.appendChild(document.createElement("li")).append(link);
}
document.querySelector(".how-to section").before(list);

// The link to a draft, to paste into a letter.
const button = document.querySelector("[data-copy]");
button.hidden = !navigator.clipboard;
button.addEventListener("click", async () => {
  await navigator.clipboard.writeText(button.dataset.copy);
  button.textContent = "Kopierad";
});

// The preview of the contact page is as high as the page in it: nobody is below its edge. Without this script it
// scrolls. Its height is measured from nothing, since the page fills whatever it is given.
const frame = document.querySelector(".contact-preview");

function fit() {
  const page = frame.contentDocument?.documentElement;
  if (!page) return; // not there yet: "load" comes
  const there = window.scrollY;
  frame.style.height = "0";
  frame.style.height = `${page.scrollHeight + 2}px`;
  window.scrollTo(0, there);
}

frame.addEventListener("load", fit);
window.addEventListener("resize", fit);
if (frame.contentDocument?.readyState === "complete") fit();

// Send a form once, also after a double click. Pages work without this script, too.

const WAIT = 5000; // milliseconds, after which a form that got no response can be sent again

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, WAIT);
});

// The back button can show a page as it was left.
addEventListener("pageshow", () => {
  for (const form of document.forms) {
    delete form.dataset.sent;
  }
});

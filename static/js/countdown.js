// Says how long the time is still held. Without it the page tells until when in words.
const note = document.querySelector("[data-countdown]");

if (note) {
  const end = Date.now() + Number(note.dataset.countdown) * 1000;
  const shown = note.querySelector("[aria-hidden].numbers");
  const spoken = note.querySelector("[role=status]");
  const moments = [[300, note.dataset.five], [120, note.dataset.two], [60, note.dataset.one]];
  let before = Infinity;

  const tell = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    if (left === 0) {
      note.classList.add("note-warn");
      note.querySelector(".held-until").hidden = true;
      shown.hidden = true;
      spoken.classList.remove("visually-hidden");
      spoken.textContent = note.dataset.over;
      return;
    }
    shown.textContent = note.dataset.left.replace("%s", Math.ceil(left / 60));
    for (const [second, words] of moments) {
      if (left <= second && before > second && before !== Infinity) spoken.textContent = words;
    }
    before = left;
    setTimeout(tell, 1000);
  };
  tell();
}

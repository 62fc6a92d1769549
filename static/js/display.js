// Keeps a screen honest when its connection breaks: says how old the picture is, and takes its
// colour away once it no longer holds. htmx asks again and again meanwhile.
const screen = document.getElementById("screen");
const stale = document.getElementById("stale");
const patience = 90;
let seen = "";
let since = Date.now();

const look = () => {
  const board = screen.querySelector(".board");
  if (!board) return;
  if (board.dataset.at !== seen) {
    seen = board.dataset.at;
    since = Date.now();
    // A new version of the site has a new stylesheet: load the page that belongs to it.
    if (board.dataset.build !== stale.dataset.build) location.reload();
  }
  const age = (Date.now() - since) / 1000;
  stale.hidden = age < patience;
  for (const minutes of stale.querySelectorAll("b")) minutes.textContent = Math.floor(age / 60);
  board.classList.toggle("is-over", age >= patience && age > Number(board.dataset.left));
};

look();
setInterval(look, 5000);

// SPDX-License-Identifier: MIT
// All that the page shows is in one object. Whoever changes it says so, and all is drawn again;
// lit-html then touches only what differs.

export const state = {
  isReady: false, // it is known which account and which screen are wanted
  info: null, // what the server says about itself
  accounts: [], // SIDs and what is listed of them
  route: { account: "", screen: "overview", id: "", query: new URLSearchParams() },
  data: null, // what the screen has loaded; null while it has not
  problem: null, // why it could not
  ui: {}, // what is open, typed and picked on the screen; gone with it
  faults: 0, // how many are set for the account: a banner says so
  stream: "connecting", // connecting | live | reconnecting
  outdated: false, // the server was started again, with another version
  token: { asked: false, problem: null },
  dialog: null,
  toast: null,
  calls: [], // those that the screen made
};

const SLOW_MS = 100;

let drawPage = () => {};
let frame = 0;
let timer = 0;

/** Says what draws the page. */
export function drawWith(function_) {
  drawPage = function_;
}

function drawNow() {
  cancelAnimationFrame(frame);
  clearTimeout(timer);
  frame = timer = 0;
  drawPage();
}

/** Changes the state, for what comes from the server, perhaps a thousand times in a second. */
export function updateSoon(change = {}) {
  Object.assign(state, change);
  if (timer === 0) timer = setTimeout(drawNow, SLOW_MS);
}

/** The same for a person's eyes: it is drawn with the next frame, if a tab in the back gets one. */
export function update(change = {}) {
  updateSoon(change);
  if (frame === 0) frame = requestAnimationFrame(drawNow);
}

/** Changes what is open, typed or picked. */
export function ui(change) {
  Object.assign(state.ui, change);
  update();
}

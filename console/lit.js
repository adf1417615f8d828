// SPDX-License-Identifier: MIT
// What the page uses of lit-html, in one place.
import { html, nothing, render, svg } from "./vendor/lit-html.js";
import { repeat } from "./vendor/directives/repeat.js";

export { html, nothing, render, repeat, svg };

/** Making elements. What comes from the server becomes text, never markup. */

/** The element with this id, which the page has. */
export const byId = (id) => document.getElementById(id);

/** A new element: `attributes` as written in HTML (`on…` are listeners), then children or texts. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** A new element of a drawing. */
export function draw(tag, attributes = {}, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}

/** Change a text only if it differs: a screen reader speaks live regions at each change. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A random UUID; crypto.randomUUID is missing on pages that came over plain HTTP from elsewhere. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** A button that a click leaves without focus, so that the space bar stays what the legend says. */
export function withoutFocus(button) {
  button.addEventListener("mousedown", (event) => event.preventDefault());
  return button;
}

/** A colour of the style sheet, for canvases. */
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Whether the person asked their system for less motion. */
export const lessMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

type Child = Node | string | undefined | false;
type Props = Readonly<Record<string, string | boolean | number | undefined | ((event: never) => unknown)>>;

/** Makes an element: functions are listeners (`onclick`), everything else attributes; `true` is an empty one, `false` none. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value as EventListener);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child): child is Node | string => child !== undefined && child !== false));
  return element;
}

/** An element that the page has: its absence is a mistake in the page. */
export function found<T extends HTMLElement = HTMLElement>(selector: string, within: ParentNode = document): T {
  const element = within.querySelector<T>(selector);
  if (!element) throw new Error(`The page has no ${selector}.`);
  return element;
}

/** Sets a text only when it differs, so that live regions speak once. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Makes the children of a list those of `items`, in their order. What stays is the same element, so that it keeps the focus.
 */
export function keyed<T>(
  list: HTMLElement,
  items: readonly T[],
  key: (item: T) => string,
  make: (item: T) => { element: HTMLElement; update: (item: T) => void },
): void {
  const before = shown.get(list) ?? new Map<string, { element: HTMLElement; update: (item: unknown) => void }>();
  const now = new Map<string, { element: HTMLElement; update: (item: unknown) => void }>();
  let place: ChildNode | null = list.firstChild;
  for (const item of items) {
    const row = before.get(key(item)) ?? (make(item) as { element: HTMLElement; update: (item: unknown) => void });
    row.update(item);
    now.set(key(item), row);
    if (row.element === place) place = place.nextSibling;
    else list.insertBefore(row.element, place);
  }
  for (const [name, row] of before) if (!now.has(name)) row.element.remove();
  shown.set(list, now);
}

const shown = new WeakMap<HTMLElement, Map<string, { element: HTMLElement; update: (item: unknown) => void }>>();

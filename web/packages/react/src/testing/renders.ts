/** Of React's own record of a component, which is the same in React 18 and 19. */
interface Fiber {
  readonly tag: number;
  readonly type: unknown;
  readonly flags: number;
  readonly alternate: Fiber | null;
  readonly child: Fiber | null;
  readonly sibling: Fiber | null;
}

/** Function components, with and without forwardRef and memo. */
const components = new Set([0, 11, 14, 15]);
const performedWork = 1;

const names: string[] = [];

/**
 * Notes which components render, from now on; to be called before react-dom is loaded. React tells those tools of browsers of
 * every commit that are there under this name.
 */
export function watchRenders(): void {
  const hook = {
    supportsFiber: true,
    isDisabled: false,
    renderers: new Map(),
    inject: () => 1,
    onCommitFiberRoot: (_: number, root: { readonly current: Fiber }) => note(root.current),
    onCommitFiberUnmount: () => {},
    onPostCommitFiberRoot: () => {},
  };
  Object.assign(globalThis, { __REACT_DEVTOOLS_GLOBAL_HOOK__: hook });
}

/** The components that have rendered since it was called last. */
export function takeRenders(): string[] {
  return names.splice(0).sort();
}

function note(fiber: Fiber): void {
  if (components.has(fiber.tag) && fiber.flags & performedWork) names.push(nameOf(fiber.type));
  // Children that were passed over are the same as before.
  if (fiber.alternate && fiber.alternate.child === fiber.child) return;
  for (let child = fiber.child; child; child = child.sibling) note(child);
}

function nameOf(type: unknown): string {
  const { displayName, name, render, type: inner } = type as Record<string, unknown>;
  return String(displayName ?? name ?? nameOf(render ?? inner));
}

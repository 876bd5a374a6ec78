const loaded = new WeakMap<BaseAudioContext, Map<string, Promise<void>>>();

/** Adds a worklet module to a context once. */
export function addWorklet(context: BaseAudioContext, url: string | URL): Promise<void> {
  let modules = loaded.get(context);
  if (!modules) loaded.set(context, (modules = new Map()));
  const key = String(url);
  let module = modules.get(key);
  if (!module) {
    module = context.audioWorklet.addModule(url);
    modules.set(key, module);
    module.catch(() => modules.delete(key));
  }
  return module;
}

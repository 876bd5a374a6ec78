/** Source numbers of KIDs (spec/e2ee.md, Frames). */
export const FrameSource = { microphone: 0, camera: 1, screen: 2, screenAudio: 3, data: 4 } as const;
export type FrameSource = (typeof FrameSource)[keyof typeof FrameSource];

export function isAudio(source: number): boolean {
  return source === FrameSource.microphone || source === FrameSource.screenAudio;
}

export function isVideo(source: number): boolean {
  return source === FrameSource.camera || source === FrameSource.screen;
}

const LAYERS = 8;
const INDEX_UNIT = 0x4_0000;

/** The slot of a layer: every layer of every source has its own frame key and counter. layer: 0 to 7. */
export function slotOf(source: FrameSource, layer = 0): number {
  return source * LAYERS + layer;
}

export function isSlot(slot: number): boolean {
  return Number.isInteger(slot) && slot >= 0 && slot <= slotOf(FrameSource.data, LAYERS - 1);
}

export function sourceOf(slot: number): number {
  return Math.floor(slot / LAYERS);
}

/** index << 18 | slot << 12 | (gen & 0xff) << 4 | (step & 0xf), as a number below 2^50. */
export function encodeKid(index: number, slot: number, gen: number, step: number): number {
  return index * INDEX_UNIT + (slot << 12) + ((gen & 0xff) << 4) + (step & 0xf);
}

/** The sender index of a KID; over 32 bits for a KID of over 50, which nobody has. */
export function kidIndex(kid: number): number {
  return Math.floor(kid / INDEX_UNIT);
}

export function kidSlot(kid: number): number {
  return (kid % INDEX_UNIT) >> 12;
}

export function kidGen(kid: number): number {
  return (kid >> 4) & 0xff;
}

export function kidStep(kid: number): number {
  return kid & 0xf;
}

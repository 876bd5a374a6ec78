const scales = [1, 0.75, 0.5, 0.375] as const;
const worseAfter = 3;
const betterAfter = 15;

/** Scales the picture down when this machine can't encode as fast as the camera delivers, and slowly tries again. */
export class LoadController {
  #step = 0;
  #bad = 0;
  #good = 0;
  #patience = betterAfter;

  /** Factor for width and height. */
  get scale(): number {
    return scales[this.#step]!;
  }

  /** Call once a second: frames offered to the encoder and those refused because it was behind. */
  update(offered: number, refused: number): void {
    if (offered === 0) return;
    const share = refused / offered;
    this.#bad = share > 0.25 ? this.#bad + 1 : 0;
    this.#good = share < 0.05 ? this.#good + 1 : 0;
    if (this.#bad >= worseAfter && this.#step < scales.length - 1) {
      // A step up that had to be taken back is not tried again as soon.
      this.#patience = Math.min(240, this.#patience * 2);
      this.#step++;
      this.#bad = 0;
      this.#good = 0;
    } else if (this.#good >= this.#patience && this.#step > 0) {
      this.#step--;
      this.#good = 0;
    }
  }
}

/** Watches how many physical pixels of video height an element has use for. */
export class ElementSize {
  readonly #resize: ResizeObserver;
  readonly #intersection: IntersectionObserver;
  #aspect = 16 / 9;
  #visible = true;
  #wantedHeight = 0;

  constructor(
    private readonly el: HTMLElement,
    private readonly onChange: () => void,
  ) {
    this.#resize = new ResizeObserver(() => this.#update());
    this.#intersection = new IntersectionObserver((entries) => {
      this.#visible = entries.at(-1)!.isIntersecting;
      this.#update();
    });
    this.#resize.observe(el);
    this.#intersection.observe(el);
  }

  /** Some of the element is within the viewport. */
  get visible(): boolean {
    return this.#visible;
  }

  /** 0 while the element is not visible. */
  get wantedHeight(): number {
    return this.#wantedHeight;
  }

  /** Width of the video divided by its height. */
  setAspect(aspect: number): void {
    if (aspect === this.#aspect) return;
    this.#aspect = aspect;
    this.#update();
  }

  close(): void {
    this.#resize.disconnect();
    this.#intersection.disconnect();
  }

  #update(): void {
    const height = this.#visible ? this.#videoHeight() : 0;
    if (height === this.#wantedHeight) return;
    this.#wantedHeight = height;
    this.onChange();
  }

  #videoHeight(): number {
    const { clientWidth, clientHeight } = this.el;
    const byWidth = clientWidth / this.#aspect;
    const cover = getComputedStyle(this.el).objectFit === 'cover';
    const height = cover ? Math.max(clientHeight, byWidth) : Math.min(clientHeight, byWidth);
    return Math.round(height * devicePixelRatio);
  }
}

/**
 * Asks for something whose outcome is seen in the room. It fails for somebody who has just gone, or by one who has just ceased to be
 * a host: that is seen as well.
 */
export function attempt(work: Promise<unknown> | undefined): void {
  work?.catch(() => {});
}

/**
 * `<confab-room>`, defined by importing this module, and {@link createEmbed}, which shows the same in an iframe.
 */
import { ConfabRoomElement } from './element.js';

export { ConfabRoomElement };
export { createEmbed, type Embed, type EmbedOptions } from './embed.js';
export { createMeetingLink, generateMeetingLink, linkKeys } from '@confab/client';

declare global {
  interface HTMLElementTagNameMap {
    'confab-room': ConfabRoomElement;
  }
}

if (!customElements.get('confab-room')) customElements.define('confab-room', ConfabRoomElement);

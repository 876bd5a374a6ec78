export { LinkError } from './errors.js';
export { browserEnvironment, type LinkEnvironment } from './environment.js';
export { MemoryHints, type TransportHints } from './hints.js';
export { Link } from './link.js';
export type * from './types.js';

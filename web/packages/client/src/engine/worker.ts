import { Engine } from './engine.js';

new Engine(self as unknown as ConstructorParameters<typeof Engine>[0]);

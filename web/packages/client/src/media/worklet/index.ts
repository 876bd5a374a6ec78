// One file for both: it is loaded once, and is too large for bundlers to put it into a data: URL, which a Content Security
// Policy would refuse.
import './capture-worklet.js';
import './playout-worklet.js';

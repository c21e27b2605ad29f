/** Entry of the pages of the two systems. */
import './components/system-page.js';

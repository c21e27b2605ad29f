/** Entry of the operator's page. */
import './components/operator-page.js';

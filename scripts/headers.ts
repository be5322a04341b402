import { writeFileSync } from 'node:fs';
import { headersFile } from './security-headers';

// The committed file holds the venues' hosts alone; a build with VITE_EXTRA_HOSTS writes its own into dist/.
writeFileSync('public/_headers', headersFile());
console.log('public/_headers is up to date.');

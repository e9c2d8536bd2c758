import { caretaker } from './caretaker.ts';
import { systemPlaces } from './places.ts';

/** The appliance's only root program of ours: started by systemd, for each connection to `caretaker.sock` and for sticks. */
await caretaker(systemPlaces(), process.argv.slice(2));

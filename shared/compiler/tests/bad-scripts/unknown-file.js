import { a } from './nowhere';

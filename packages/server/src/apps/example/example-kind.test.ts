import { examineKind } from '../../apiserver/examine-kind.ts';
import { exampleKind } from './example-kind.ts';

examineKind(exampleKind, { valid: { firstField: 'a', secondField: 1 }, changed: { firstField: 'b', secondField: 2 }, invalid: { firstField: 7 } });

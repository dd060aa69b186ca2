/** `dli/testing`: a real Basecamp server for tests, on a folder of its own. It needs Node. */
export {
  type RunParams,
  startTestBasecamp,
  type TestBasecamp,
  type TestBasecampOptions,
} from '../testing/start-test-basecamp.ts';
export type { TestSettings } from '../testing/test-config.ts';

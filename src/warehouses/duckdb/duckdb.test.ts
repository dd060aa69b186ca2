import { warehouseSuite } from '../warehouse.suite.ts';
import { openFixture } from './duckdb-fixture.suite.ts';

warehouseSuite('duckdb', () => openFixture());

#!/usr/bin/env node
// Lets `npx dli` in a clone run this checkout: npm links a workspace's bin, but not the root package's own.
import '../../bin/dli.js';

#!/usr/bin/env node
// Stands outside dist, so that installing can link it before anything is built.
import "../dist/cli.js";

// Every page as a browser shows it: see each_page.mjs.
import { check_each_page } from "./each_page.mjs";

check_each_page(true);

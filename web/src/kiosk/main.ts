import { mount } from "svelte";
import "../shared/base.css";
import { Api, takeToken } from "../shared/api";
import { lockDown } from "../shared/lockdown";
import KioskPage from "./KioskPage.svelte";

// The token leaves the address before the lockdown adds an entry to the history.
const api = new Api(takeToken());
lockDown();
mount(KioskPage, { target: document.body, props: { api } });

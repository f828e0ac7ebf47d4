import { mount } from "svelte";
import "../shared/base.css";
import { Api, takeToken } from "../shared/api";
import { lockDown } from "../shared/lockdown";
import KioskPage from "./KioskPage.svelte";

lockDown();
mount(KioskPage, { target: document.body, props: { api: new Api(takeToken()) } });

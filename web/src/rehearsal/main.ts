import { mount } from "svelte";
import "../shared/desk.css";
import { Api, takeToken } from "../shared/api";
import RehearsalPage from "./RehearsalPage.svelte";

mount(RehearsalPage, { target: document.body, props: { api: new Api(takeToken()) } });

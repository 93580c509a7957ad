import "./workers.js";
import "graphiql/style.css";
import "./page.css";
import { createRoot } from "react-dom/client";
import { Page } from "./page.jsx";
import { readSettings } from "./settings.js";

createRoot(document.getElementById("explorer")).render(<Page settings={readSettings()} />);

// The interactive page of the API: Swagger UI over the tenant's own document.
import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import "swagger-ui-dist/swagger-ui.css";

const place = document.getElementById("interactive");
SwaggerUI({
  domNode: place,
  url: place.dataset.document,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "none",
  filter: true,
  // No answer is sent to the validator of somebody else.
  validatorUrl: null,
  // Whoever is signed in here asks as themselves; with a token, the session stays at home.
  requestInterceptor: (request) => {
    const headers = request.headers ?? {};
    if (headers.Authorization) {
      request.credentials = "omit";
    } else {
      request.credentials = "same-origin";
      request.headers = { ...headers, "X-CSRF-Token": place.dataset.token };
    }
    return request;
  },
  onComplete: () => {
    document.getElementById("plain").hidden = true;
  },
});

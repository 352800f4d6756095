import { AuthenticationClient, Models } from 'express-oidc/genauth';

const authenticationClient = new AuthenticationClient({
	// 需要替换成你的 Authing 应用 ID
	appId:       "AUTHING_APP_ID",
	// 需要替换成你的 Authing 应用密钥
	appSecret:   "AUTHING_APP_SECRET",
	// 需要替换成你的 Authing 应用域名
	appHost:     "AUTHING_APP_HOST",
	// 需要替换成你的 Authing 应用回调地址
	redirectUri: "AUTHING_APP_REDIRECT_URI",
});

(async () => {
  const result = await authenticationClient.getAccessTokenByCode(
    // 用户认证完成回调到你的系统之后，你可以从回调地址的 query 参数中得到一次性临时凭证
    'REPLACE_ME_WITH_REFRESH_TOKEN'
  );
  console.log(JSON.stringify(result, null, 2));
})();
